"""What can be drawn against size: the measures, and a frame's values of one with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bench_service.quantities import QUANTITIES
from dashboard.charts.axes import BYTES_PER_SECOND, SECONDS


@dataclass(frozen=True)
class Measure:
    """A measure: its symbol among the quantities, and how a chart names and marks it."""

    symbol: str
    heading: str
    axis: str
    labels: str
    """How the axis prints a number; empty for ratios."""
    direction: str


TIME = Measure(
    "time_ns", "Time per call", "time per call (s, log scale)", SECONDS, "lower is faster"
)
SPEED = Measure(
    "bytes_per_s", "Speed", "bytes moved (B/s, log scale)", BYTES_PER_SECOND, "higher is faster"
)
RATIO = Measure(
    "ratio",
    "Time relative to ReLU",
    "time relative to ReLU (×, log scale)",
    "",
    "below 1 is faster than ReLU",
)
MEASURES = {"time": TIME, "relative to ReLU": RATIO, "bytes per second": SPEED}
"""By the word that picks one on a page and in its address."""

Columns = dict[str, pd.Series]


def _time(ok: pd.DataFrame) -> Columns:
    names = {"value": "time_ns", "low": "time_low_ns", "high": "time_high_ns"}
    return {name: ok[column] / 1e9 for name, column in names.items()}


def _speed(ok: pd.DataFrame) -> Columns:
    moved = ok["bytes_per_s"] * ok["time_ns"]
    ends = {"low": moved / ok["time_high_ns"], "high": moved / ok["time_low_ns"]}
    return {"value": ok["bytes_per_s"], **ends}


def _ratio(ok: pd.DataFrame) -> Columns:
    return {"value": ok["ratio"], "low": ok["ratio_low"], "high": ok["ratio_high"]}


_VALUES = {"time_ns": _time, "bytes_per_s": _speed, "ratio": _ratio}


def values(frame: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """One row per activation and size: label, numel, value, low, high, and ``shown`` for people.

    Times are in seconds, as the axes print them.
    """
    ok = frame.loc[frame["status"] == "ok"]
    out = ok[["label", "numel"]].assign(**_VALUES[measure.symbol](ok)).dropna(subset=["value"])
    show, factor = QUANTITIES[measure.symbol].show, 1e9 if measure is TIME else 1.0
    numbers = (out[name] * factor for name in ("value", "low", "high"))
    shown = [f"{show(v)} ({show(lo)} to {show(hi)})" for v, lo, hi in zip(*numbers, strict=True)]
    return out.assign(shown=shown).reset_index(drop=True)


def copies(frame: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """The plain copy of the same rounds: numel, value. Empty for ratios, or if none was timed."""
    ok = frame.loc[(frame["status"] == "ok") & frame["copy_time_ns"].notna()]
    if measure is TIME:
        value = ok["copy_time_ns"] / 1e9
    else:
        value = ok["bytes_per_s"] * ok["time_ns"] / ok["copy_time_ns"]
    middle = value.groupby(ok["numel"]).median()
    out = pd.DataFrame({"numel": middle.index, "value": middle.to_numpy()})
    return out.iloc[:0] if measure is RATIO else out
