"""How good every timing is, and why it isn't better."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import figure
from dashboard.panels import trust
from dashboard.selection import Chosen

COLUMNS = (
    "label", "numel", "quality", "quality_reason", "interval", "n_processes", "n_rounds",
    "flagged_share", "command",
)  # fmt: skip
WORST_FIRST = {"invalid": 0, "unstable": 1, "stable": 2, "certified": 3}


def panel(frame: pd.DataFrame, chosen: Chosen) -> None:
    """The evidence at the chosen size, and every timing of the pass, the worst first."""
    st.subheader("How far to trust it?", anchor="quality")
    trust.panel(frame.loc[frame["numel"] == chosen.numel])
    rated = frame.loc[frame["quality"].notna()]
    if rated.empty:
        return
    order = rated["quality"].map(WORST_FIRST)
    rated = rated.assign(order=order).sort_values(["order", "numel", "label"]).drop(columns="order")
    with st.expander("Every timing's quality and its reason", icon=":material/fact_check:"):
        figure.cases(rated, COLUMNS, "quality", chosen.run.suite)
