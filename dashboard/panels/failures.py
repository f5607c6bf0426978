"""What failed or was skipped, with the reason of each: a failure is a result too."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import figure
from dashboard.selection import Chosen
from dashboard.words import plural

COLUMNS = ("label", "pass_name", "numel", "condition", "status", "reason", "command")


def grouped(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per status and reason: how many cases, of which activations."""
    lost = frame.loc[frame["status"] != "ok"]
    grouped = lost.groupby(["status", "reason"], sort=True)
    return grouped.agg(
        cases=("case", "size"), activations=("label", lambda names: ", ".join(sorted(set(names))))
    ).reset_index()


def nothing(n_cases: int, *, is_whole: bool) -> str:
    """That no case was lost, of all or of those that a run has reached so far."""
    if is_whole:
        return f"Nothing: all {plural(n_cases, 'case')} of this run could be measured."
    return f"Nothing so far: {plural(n_cases, 'case')} of this run passed the checks."


def failures(chosen: Chosen) -> None:
    """All failed and skipped cases of the run, whatever else was chosen."""
    frame = chosen.timing
    lost = frame.loc[frame["status"] != "ok"]
    st.subheader("Failed and skipped", anchor="failures")
    if lost.empty:
        st.markdown(nothing(len(frame), is_whole=chosen.run.is_whole))
        return
    for row in grouped(frame).itertuples():
        icon = ":material/close:" if row.status == "failed" else ":material/skip_next:"
        st.markdown(f"{icon} **{row.cases} {row.status}** — {row.reason}  \n{row.activations}")
    with st.expander("Every one, with the command that tries it again", icon=":material/table:"):
        figure.cases(lost, COLUMNS, "failures", chosen.run.suite)
