"""What each pass costs, side by side: forward against backward, one row per activation."""

from __future__ import annotations

import altair as alt
import pandas as pd

from bench_service.quantities import format_time
from dashboard.charts import axes, base
from dashboard.colors import NEUTRAL
from dashboard.words import PASSES

COLUMNS = ("label", "pass_name", "time_ns", "time_low_ns", "time_high_ns")
LEGEND = 40
"""Pixels that the legend of passes takes."""
SHAPES = {"forward": "circle", "backward": "diamond", "forward + backward": "square"}


def prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """What the chart draws: one row per activation and pass, times in seconds."""
    data = base.measured(frame, COLUMNS).dropna(subset=["time_ns"])
    ends = zip(data["time_low_ns"], data["time_high_ns"], strict=True)
    return data.assign(
        time=data["time_ns"] / 1e9,
        low=data["time_low_ns"] / 1e9,
        high=data["time_high_ns"] / 1e9,
        shown=[format_time(time) for time in data["time_ns"]],
        interval=[f"{format_time(low)} to {format_time(high)}" for low, high in ends],
        timed=[PASSES.get(name, name) for name in data["pass_name"]],
    )


def order(data: pd.DataFrame) -> list[str]:
    """Activations by the total of their passes, the cheapest first."""
    return list(data.groupby("label")["time"].sum().sort_values(kind="stable").index)


def chart(frame: pd.DataFrame, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame holds one row per activation and pass, all at one size."""
    data = prepared(frame)
    labels = order(data)
    passes = [name for name in SHAPES if name in set(data["timed"])]
    ends = axes.domain([*data["low"], *data["high"]])
    x = axes.of_unit("time per call (s, log scale)", ends, axes.SECONDS)
    rows = alt.Chart(data).encode(y=base.rows_of(labels), color=base.color(labels))
    spans = data.groupby("label", as_index=False).agg(start=("time", "min"), end=("time", "max"))
    links = alt.Chart(spans).encode(y=base.rows_of(labels), color=base.color(labels))
    shape = alt.Shape(
        "timed:N",
        title=None,
        scale=alt.Scale(domain=passes, range=[SHAPES[name] for name in passes]),
        legend=alt.Legend(orient="top", symbolFillColor=NEUTRAL, symbolStrokeColor=NEUTRAL),
    )
    layers = (
        links.mark_rule(opacity=0.45, strokeWidth=2).encode(x=alt.X("start:Q", **x), x2="end:Q"),
        rows.mark_rule(strokeWidth=6, opacity=0.35).encode(x=alt.X("low:Q", **x), x2="high:Q"),
        rows.mark_point(size=75, filled=True, opacity=1).encode(
            x=alt.X("time:Q", **x),
            shape=shape,
            tooltip=[
                alt.Tooltip("label:N", title="activation"),
                alt.Tooltip("timed:N", title="pass"),
                alt.Tooltip("shown:N", title="time per call"),
                alt.Tooltip("interval:N", title="95 % interval"),
            ],
        ),
    )
    return alt.LayerChart(
        layer=list(layers),
        title=base.title(" and ".join(passes).capitalize() or "Passes", *subtitle),
        height=base.height_of_rows(len(labels)) + LEGEND,
        description=describe(data, labels, passes),
    )


def describe(data: pd.DataFrame, labels: list[str], passes: list[str]) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return "No pass was measured for this selection."

    def cost(label: str) -> str:
        mine = data.loc[data["label"] == label]
        return label + " " + ", ".join(f"{row.timed} {row.shown}" for row in mine.itertuples())

    return (
        f"Dumbbell chart of time per call in seconds on a logarithmic axis, {', '.join(passes)}, "
        f"for {len(labels)} activations with 95 % intervals. The cheapest in all: "
        f"{cost(labels[0])}. The dearest: {cost(labels[-1])}."
    )
