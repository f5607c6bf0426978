"""Tables as people read them: named columns, numbers with units, and nothing cut off in silence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from bench_service.quantities import QUANTITIES, format_share
from dashboard import words
from dashboard.charts.ratio import between

SENTENCES = {"reason", "quality_reason"}
ROWS_MAX = 500
"""More rows than this are only in the file for download."""


@dataclass(frozen=True)
class Column:
    """A column of a table: where its values are, its heading, what it means, how it is printed."""

    source: str
    heading: str
    meaning: str = ""
    show: Callable[[Any], str] | None = None
    width: Literal["small", "medium", "large"] | None = None


def _quantity(symbol: str, heading: str, meaning: str = "") -> Column:
    quantity = QUANTITIES[symbol]
    return Column(symbol, heading, meaning or quantity.long_name.capitalize(), quantity.show)


def _count(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"


def _share(value: float) -> str:
    return "–" if math.isnan(value) else format_share(value)


COLUMNS = {
    column.source: column
    for column in (
        Column("place", "Place", "The places it may take; where ranges overlap, nobody can tell"),
        Column("label", "Activation"),
        Column("pass_name", "Pass", "What was timed", lambda name: words.PASSES.get(name, name)),
        Column("numel", "Elements", "Elements per call", _count),
        Column("condition", "Condition", "", lambda name: words.CONDITIONS.get(name, name)),
        _quantity("time_ns", "Time per call", "Median over child processes"),
        Column("time_interval", "Time, 95 %", "Interval over child processes"),
        _quantity("ratio", "× ReLU", "Time relative to ReLU in the same rounds; below 1 is faster"),
        Column("interval", "× ReLU, 95 %", "Interval over child processes"),
        Column("one_process", "One process", "What 95 % of single processes of yours would see"),
        Column("verdict", "Verdict", "Against ReLU; false alarms among all rows are held at 5 %"),
        Column("quality", "Quality", "How far to trust the row"),
        Column("quality_reason", "Why", "Why the quality isn't better"),
        Column("status", "Status"),
        Column("reason", "Reason"),
        _quantity("bytes_per_s", "Bytes moved"),
        Column("fraction_of_copy", "Of a copy", "Share of a plain copy's speed", _share),
        _quantity("faults_per_call", "Faults per call"),
        _quantity("saved_bytes_per_element", "Kept bytes", "For the backward pass, per element"),
        Column("n_processes", "Processes", "Child processes", _count),
        Column("n_rounds", "Rounds", "Rounds in all of them", _count),
        Column("flagged_share", "Disturbed", "Share of blocks the machine disturbed", _share),
        Column("command", "Command", "Measures this row again"),
    )
}
"""Every column of a table of cases, by its name in the frame."""


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its intervals as text beside the numbers."""
    ratio = zip(frame["ratio_low"], frame["ratio_high"], strict=True)
    process = zip(frame["process_low"], frame["process_high"], strict=True)
    time = QUANTITIES["time_ns"].show
    times = zip(frame["time_low_ns"], frame["time_high_ns"], strict=True)
    return frame.assign(
        interval=[between(*ends) for ends in ratio],
        one_process=[between(*ends) for ends in process],
        time_interval=["–" if pd.isna(a) else f"{time(a)} to {time(b)}" for a, b in times],
    )


def table(
    frame: pd.DataFrame, names: Sequence[str], known: Mapping[str, Column] = COLUMNS
) -> Styler | pd.DataFrame:
    """The first rows with these columns, under their headings and printed with their units."""
    shown = [known[name] for name in names]
    cut = frame.loc[:, list(names)].head(ROWS_MAX)
    cut = cut.set_axis([column.heading for column in shown], axis="columns").reset_index(drop=True)
    printed: Any = {column.heading: column.show for column in shown if column.show}
    return cut.style.format(printed, na_rep="–") if printed else cut  # a style takes long


def settings(names: Sequence[str], known: Mapping[str, Column] = COLUMNS) -> dict[str, Any]:
    """What each heading means, and the width of columns that hold sentences."""
    return {
        column.heading: st.column_config.Column(
            help=column.meaning or None,
            width="large" if column.source in SENTENCES else column.width,
        )
        for column in (known[name] for name in names)
    }
