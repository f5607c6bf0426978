"""Activations held against each other: by size, relative to ReLU, and pass by pass."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import commands, data, figure
from dashboard.charts import by_size as by_size_chart
from dashboard.charts import passes as passes_chart
from dashboard.charts import ratio as ratio_chart
from dashboard.charts.measures import Measure
from dashboard.selection import Chosen
from dashboard.words import elements


def nothing(frame: pd.DataFrame) -> bool:
    """True where nothing was measured, which is then said."""
    if frame["time_ns"].notna().any():
        return False
    st.markdown("Nothing was measured for this selection; *Failed and skipped* says why.")
    return True


def at_size(frame: pd.DataFrame, chosen: Chosen) -> pd.DataFrame:
    """The rows at the chosen size."""
    return frame.loc[frame["numel"] == chosen.numel]


def by_size(frame: pd.DataFrame, measure: Measure, word: str, chosen: Chosen) -> None:
    """How the cost grows with size."""
    st.subheader("How does it grow with size?", anchor="size")
    if nothing(frame):
        return
    sizes = frame.loc[frame["time_ns"].notna(), "numel"].unique()
    if len(sizes) == 1:
        more = data.command(commands.FIRST)
        st.markdown(f"Only {sizes[0]:,} elements were measured. `{more}` measures more.")
        return
    chart = by_size_chart.chart(frame, measure, chosen.held(word))
    figure.figure(chart, frame, "by-size", chosen.run.suite)


def ratios(frame: pd.DataFrame, word: str, chosen: Chosen) -> None:
    """Who is slower than ReLU at the chosen size, and how sure that is."""
    st.subheader("How much slower than ReLU?", anchor="ratio")
    here = at_size(frame, chosen)
    if nothing(here):
        return
    st.markdown(
        f"At {elements(chosen.numel, chosen.shared['dtype'])}. A filled mark is a verdict of "
        "faster or slower, a hollow one can't be told apart from ReLU or differs by nothing that "
        "matters. The thin line is the 95 % interval; the wide one is what 95 % of single "
        "processes see, which is what one measurement of yours is up against."
    )
    chart = ratio_chart.chart(here, chosen.held(word))
    figure.figure(chart, here, "ratio", chosen.run.suite)


def passes(frame: pd.DataFrame, chosen: Chosen) -> None:
    """What each pass costs at the chosen size."""
    st.subheader("What does the backward pass cost?", anchor="passes")
    here = at_size(frame, chosen)
    timed = here.loc[here["time_ns"].notna(), "pass_name"].nunique()
    if timed < 2:
        st.markdown("Only one pass was measured at this size: nothing to hold against it.")
        return
    chart = passes_chart.chart(here, chosen.held(f"{chosen.numel:,} elements"))
    figure.figure(chart, here, "passes", chosen.run.suite)
