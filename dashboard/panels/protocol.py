"""How it was trained, in plain words, and what went wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import commands, data, figure
from dashboard.panels.best import metric_of
from dashboard.training.columns import columns
from dashboard.training.protocol import protocol
from dashboard.training.selection import ChosenTraining
from dashboard.words import listing, plural

LOST = ("label", "lr", "lr_role", "seed", "status", "reason")
WENT_WRONG = ("timeout", "error", "skipped")
"""A training that diverged is a result, and has a panel of its own."""


def panel(chosen: ChosenTraining, workload: Mapping[str, Any]) -> None:
    """The protocol, and the command that trains more."""
    st.subheader("How was it trained?", anchor="protocol")
    st.markdown("\n\n".join(protocol(chosen.slices, workload)))
    st.markdown("The same again with 20 seeds, which tell apart what 12 can't:")
    again = commands.train(chosen.workload, sorted(chosen.slices["activation"].unique()), 20)
    st.code(data.command(again), language="bash", wrap_lines=True)


def failures(chosen: ChosenTraining) -> None:
    """All trainings of the task that went wrong, whatever else was chosen."""
    lost = chosen.slices.loc[chosen.slices["status"].isin(WENT_WRONG)]
    st.subheader("Failed and skipped", anchor="failures")
    if lost.empty:
        n = len(chosen.slices)
        st.markdown(f"Nothing: all {plural(n, 'training')} of this workload ended or diverged.")
        return
    for row in grouped(lost).itertuples():
        icon = ":material/skip_next:" if row.status == "skipped" else ":material/close:"
        st.markdown(f"{icon} **{row.trainings} {row.status}** — {row.reason}  \n{row.activations}")
    with st.expander("Every one", icon=":material/table:"):
        figure.rows(lost[list(LOST)], LOST, "failures", columns(metric_of(chosen)))


def grouped(lost: pd.DataFrame) -> pd.DataFrame:
    """One row per status and reason: how many trainings, of which activations."""
    found = lost.groupby(["status", "reason"], sort=True)
    return found.agg(
        trainings=("case", "size"),
        activations=("label", lambda names: listing(sorted(set(names)), limit=12)),
    ).reset_index()
