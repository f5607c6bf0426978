"""What failed or was skipped, with the reason of each: a failure is a result too."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import figure
from dashboard.selection import Chosen

COLUMNS = ("label", "pass_name", "numel", "condition", "status", "reason", "command")


def grouped(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per status and reason: how many cases, of which activations."""
    lost = frame.loc[frame["status"] != "ok"]
    grouped = lost.groupby(["status", "reason"], sort=True)
    return grouped.agg(
        cases=("case", "size"), activations=("label", lambda names: ", ".join(sorted(set(names))))
    ).reset_index()


def failures(chosen: Chosen) -> None:
    """All failed and skipped cases of the run, whatever else was chosen."""
    frame = chosen.timing
    lost = frame.loc[frame["status"] != "ok"]
    st.subheader("Failed and skipped", anchor="failures")
    if lost.empty:
        st.markdown(f"Nothing: all {len(frame):,} cases of this run could be measured.")
        return
    for row in grouped(frame).itertuples():
        icon = ":material/close:" if row.status == "failed" else ":material/skip_next:"
        st.markdown(f"{icon} **{row.cases} {row.status}** — {row.reason}  \n{row.activations}")
    with st.expander("Every one, with the command that tries it again", icon=":material/table:"):
        figure.cases(lost, COLUMNS, "failures", chosen.run.suite)
