"""What the surroundings of a kernel cost: its time under one condition over another, by size."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from dashboard.charts import axes, base, naming
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
    out = both.assign(ratio=ratio, low=ratio / factor, high=ratio * factor)
    return out.dropna(subset=["ratio"]).reset_index(drop=True)


def chart(frame: pd.DataFrame, above: str, below: str, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame holds one row per activation, size and condition."""
    data = prepared(frame, above, below)
    data["interval"] = [between(*ends) for ends in zip(data["low"], data["high"], strict=True)]
    names = CONDITIONS.get(above, above), CONDITIONS.get(below, below)
    labels = base.in_order(list(data["label"]))
    sizes = sorted(int(size) for size in data["numel"].unique())
    height = naming.height(len(labels))
    ends = axes.domain([0.95, 1.05, *data["low"], *data["high"]])
    heading = f"time, {names[0]} ÷ {names[1]} (1)"
    y = axes.of_ratio(heading, ends)
    x, at = axes.of_sizes(sizes), alt.Y("ratio:Q", **y)
    one = alt.Chart(pd.DataFrame({"ratio": [1.0]}))
    series = alt.Chart(data).encode(x=x, color=base.color(labels))
    ended = alt.Chart(naming.at_line_ends(data, "ratio", ends, height - 90))
    layers = (
        one.mark_rule(**base.REFERENCE).encode(y=at),
        series.mark_line(strokeWidth=1.75).encode(y=at, strokeDash=base.dash(labels)),
        series.mark_rule(strokeWidth=2.5).encode(y=alt.Y("low:Q", **y), y2="high:Q"),
        series.mark_point(size=55, filled=True, opacity=1).encode(
            y=at,
            shape=base.shape(labels),
            tooltip=[
                alt.Tooltip("label:N", title="activation"),
                alt.Tooltip("numel:Q", title="elements", format=","),
                alt.Tooltip("ratio:Q", title=heading, format=".3f"),
                alt.Tooltip("interval:N", title="95 % interval"),
                alt.Tooltip("faults_per_call:Q", title=f"page faults per call, {names[0]}"),
            ],
        ),
        ended.mark_text(align="left", dx=10, fontSize=11).encode(
            x=x, y=alt.Y("place:Q", **y), text="label:N", color=base.color(labels)
        ),
    )
    return alt.LayerChart(
        layer=list(layers),
        title=base.title(f"{names[0].capitalize()} against {names[1]}", *subtitle),
        height=height,
        description=describe(data, names, sizes),
    )


def describe(data: pd.DataFrame, names: tuple[str, str], sizes: list[int]) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return f"{names[0]} and {names[1]} were not both measured for this selection."
    middle = data.groupby("numel")["ratio"].median()
    told = "; ".join(f"{middle[size]:.2f} at {size:,} elements" for size in sizes)
    return (
        f"Line chart of time with {names[0]} over time with {names[1]} against elements per call, "
        f"both axes logarithmic, with 95 % intervals. Median over activations: {told}."
    )
