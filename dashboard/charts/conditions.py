"""What the surroundings of a kernel cost: its time under one condition over another, by size."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from dashboard.charts import axes, base, lines, naming
from dashboard.charts.ratio import between
from dashboard.words import CONDITIONS

KEYS = ["label", "numel"]
TIMES = ["time_ns", "time_low_ns", "time_high_ns"]


def prepared(frame: pd.DataFrame, above: str, below: str) -> pd.DataFrame:
    """Times under ``above`` over times under ``below``, where both were measured.

    The two were timed in different rounds, so the interval combines both of theirs, on the
    logarithm.
    """
    ok = frame.loc[frame["status"] == "ok"]
    top, bottom = (
        ok.loc[ok["condition"] == name, [*KEYS, *TIMES, "faults_per_call"]]
        for name in (above, below)
    )
    both = top.merge(bottom, on=KEYS, suffixes=("", "_below"))
    ratio = both["time_ns"] / both["time_ns_below"]
    spread = [
        math.hypot(math.log(high / mid), math.log(high_below / mid_below))
        for mid, high, mid_below, high_below in zip(
            both["time_ns"],
            both["time_high_ns"],
            both["time_ns_below"],
            both["time_high_ns_below"],
            strict=True,
        )
    ]
    factor = pd.Series(spread, index=both.index, dtype=float).map(math.exp)
    out = both.assign(value=ratio, low=ratio / factor, high=ratio * factor)
    out = out.dropna(subset=["value"]).reset_index(drop=True)
    return out.assign(
        interval=[between(*ends) for ends in zip(out["low"], out["high"], strict=True)]
    )


def chart(frame: pd.DataFrame, above: str, below: str, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame holds one row per activation, size and condition."""
    data = prepared(frame, above, below)
    names = CONDITIONS.get(above, above), CONDITIONS.get(below, below)
    height = naming.height(data["label"].nunique())
    y = axes.of_ratio(
        f"time, {names[0]} ÷ {names[1]} (×)", axes.domain([0.95, 1.05, *data["low"], *data["high"]])
    )
    return alt.LayerChart(
        layer=lines.layers(data, y, height, tooltip(names), behind=base.line_at_one(y)),
        resolve=lines.OWN_AXES,
        title=base.title(f"{names[0].capitalize()} against {names[1]}", *subtitle),
        height=height,
        description=describe(data, names),
    )


def tooltip(names: tuple[str, str]) -> list[alt.Tooltip]:
    """What pointing at a mark tells."""
    return [
        alt.Tooltip("label:N", title="activation"),
        alt.Tooltip("numel:Q", title="elements", format=","),
        alt.Tooltip("value:Q", title=f"{names[0]} ÷ {names[1]}", format=".3f"),
        alt.Tooltip("interval:N", title="95 % interval"),
        alt.Tooltip("faults_per_call:Q", title=f"page faults per call, {names[0]}"),
    ]


def describe(data: pd.DataFrame, names: tuple[str, str]) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return f"{names[0]} and {names[1]} were not both measured for this selection."
    middle = data.groupby("numel")["value"].median()
    told = "; ".join(f"{value:.2f} at {size:,} elements" for size, value in middle.items())
    return (
        f"Line chart of time with {names[0]} over time with {names[1]} against elements per call, "
        f"both axes logarithmic, with 95 % intervals. Median over activations: {told}."
    )
