"""A chart or a table with all that belongs to it: its data, the file, the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import commands, data, tabular
from dashboard.charts.base import MARKS_MAX, mark_count

ROWS_UNSCROLLED = 60
"""A longer table scrolls whatever was asked for."""

CASE_COLUMNS = (
    "label", "pass_name", "numel", "condition", "time_ns", "time_interval", "ratio", "interval",
    "one_process", "verdict", "quality", "bytes_per_s", "fraction_of_copy", "faults_per_call",
    "n_processes", "n_rounds", "command",
)  # fmt: skip


def figure(chart: alt.LayerChart, frame: pd.DataFrame, name: str, suite: str) -> None:
    """A chart, and below it the cases that it shows, as a table and as a file."""
    drawn(chart)
    measured = frame.loc[frame["time_ns"].notna()]
    with st.expander("Data and commands", icon=":material/table:"):
        cases(measured, CASE_COLUMNS, name, suite)


def cases(frame: pd.DataFrame, columns: Sequence[str], name: str, suite: str) -> None:
    """Cases as a table, each with the command that measures it again, and as a file."""
    again = [data.command(commands.again(row, suite)) for _, row in frame.iterrows()]
    show(tabular.readable(frame).assign(command=again), columns)
    _download(frame.assign(command=again), name)


def with_data(
    chart: alt.LayerChart,
    frame: pd.DataFrame,
    columns: Sequence[str],
    name: str,
    known: Mapping[str, tabular.Column],
) -> None:
    """A chart, and below it its rows as a table of these columns and as a file."""
    drawn(chart)
    with st.expander("Data", icon=":material/table:"):
        rows(frame, columns, name, known)


def drawn(chart: alt.LayerChart) -> None:
    """A chart, unless it has more marks than a browser should be sent."""
    if mark_count(chart) > MARKS_MAX:
        st.info("Too much to draw at once: choose some activations. All of it is in the table.")
    else:
        st.altair_chart(chart, width="stretch")


def rows(
    frame: pd.DataFrame, columns: Sequence[str], name: str, known: Mapping[str, tabular.Column]
) -> None:
    """Rows as a table of these columns, and all of their columns as a file."""
    show(frame, columns, known=known)
    _download(frame, name)


def show(
    frame: pd.DataFrame,
    columns: Sequence[str],
    *,
    whole: bool = False,
    known: Mapping[str, tabular.Column] = tabular.COLUMNS,
) -> None:
    """A table under its headings, which scrolls unless ``whole``; a cut is said aloud."""
    st.dataframe(
        tabular.table(frame, columns, known),
        height="content" if whole and len(frame) <= ROWS_UNSCROLLED else "auto",
        hide_index=True,
        placeholder="–",
        column_config=tabular.settings(columns, known),
    )
    if len(frame) > tabular.ROWS_MAX:
        st.caption(f"The first {tabular.ROWS_MAX} of {len(frame):,} rows; the file has them all.")


def _download(frame: pd.DataFrame, name: str) -> None:
    st.download_button(
        "Download all columns as CSV",
        frame.to_csv(index=False),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"csv-{name}",
        on_click="ignore",
        icon=":material/download:",
    )
