"""Activations in order, as far as there is one: places with ties, and the chart behind them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import figure
from dashboard.charts import ratio
from dashboard.ranking import place, places
from dashboard.selection import Chosen
from dashboard.tabular import readable
from dashboard.words import PASSES

COLUMNS = ("place", "label", "ratio", "interval", "time_ns", "verdict", "quality")


def ranked(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of one pass with their places, the fastest first."""
    rows = places(frame)
    spans = zip(rows["best"], rows["worst"], strict=True)
    return readable(rows).assign(place=[place(*span) for span in spans])


def panel(frame: pd.DataFrame, chosen: Chosen) -> None:
    """A chart and a table for every pass, a tab each."""
    timed = [name for name in PASSES if name in set(frame["pass_name"])]
    if not timed or frame["time_ns"].isna().all():
        return
    st.subheader("In order, as far as there is one")
    for tab, name in zip(
        st.tabs([PASSES[name].capitalize() for name in timed]), timed, strict=True
    ):
        with tab:
            _one(frame.loc[frame["pass_name"] == name], PASSES[name], chosen)
    st.caption(
        "A range of places means a tie: the intervals overlap, and nobody can tell these apart. "
        "In the chart a filled mark is a verdict of faster or slower than ReLU, a hollow one is "
        "not; the thin line is the 95 % interval, the wide one what single processes see."
    )


def _one(frame: pd.DataFrame, word: str, chosen: Chosen) -> None:
    rows = ranked(frame)
    if rows.empty:
        st.markdown("Nothing of this pass could be measured.")
        return
    left, right = st.columns([5, 4])
    with left:
        st.altair_chart(ratio.chart(frame, chosen.held(word)), width="stretch")
    with right:
        figure.show(rows, COLUMNS, whole=True)
