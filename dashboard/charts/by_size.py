"""A measure against size: one line per activation, with intervals and what a plain copy costs."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import axes, base, naming
from dashboard.charts.measures import RATIO, TIME, Measure, copies, values
from dashboard.colors import COPY, NEUTRAL

REFERENCE: dict[str, Any] = {"color": NEUTRAL, "strokeDash": [2, 4], "strokeWidth": 2}


def chart(frame: pd.DataFrame, measure: Measure = TIME, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame holds one row per activation and size."""
    data, copied = values(frame, measure), copies(frame, measure)
    labels = base.in_order(list(data["label"]))
    sizes = sorted(int(size) for size in data["numel"].unique())
    height = naming.height(len(labels))
    anchors = [1.0] if measure is RATIO else copied["value"]
    ends = axes.domain([*data["low"], *data["high"], *anchors])
    y = axes.of_unit(measure.axis, ends, measure.labels)
    if measure is RATIO:
        y = axes.of_ratio(measure.axis, ends)
    x = axes.of_sizes(sizes)
    at = alt.Y("value:Q", **y)
    hover = alt.selection_point(fields=["label"], on="pointerover", name="hover")
    fade = alt.condition(hover, alt.value(1.0), alt.value(0.15))
    series = alt.Chart(data).encode(x=x, color=base.color(labels), opacity=fade)
    names = alt.Chart(naming.at_line_ends(data, "value", ends, height - 90))
    layers = (
        *_references(copied, measure, x, at),
        series.mark_line(strokeWidth=1.75).encode(y=at, strokeDash=base.dash(labels)),
        series.mark_rule(strokeWidth=2.5).encode(y=alt.Y("low:Q", **y), y2="high:Q"),
        series.mark_point(size=55, filled=True)
        .encode(
            y=at,
            shape=base.shape(labels),
            tooltip=[
                alt.Tooltip("label:N", title="activation"),
                alt.Tooltip("numel:Q", title="elements", format=","),
                alt.Tooltip("shown:N", title="with its 95 % interval"),
            ],
        )
        .add_params(hover),
        names.mark_text(align="left", dx=10, fontSize=11).encode(
            x=x,
            y=alt.Y("place:Q", **y),
            text="label:N",
            color=base.color(labels),
            opacity=fade,
        ),
    )
    return alt.LayerChart(
        layer=list(layers),
        title=base.title(f"{measure.heading} against size", *subtitle),
        height=height,
        description=describe(data, measure, sizes),
    )


def _references(
    copied: pd.DataFrame, measure: Measure, x: alt.X, at: alt.Y
) -> tuple[alt.Chart, ...]:
    if measure is RATIO:
        return (alt.Chart(pd.DataFrame({"value": [1.0]})).mark_rule(**REFERENCE).encode(y=at),)
    if copied.empty:
        return ()
    line = alt.Chart(copied).encode(x=x, y=at)
    word = alt.Chart(copied.head(1)).encode(x=x, y=at)
    below = 14 if measure is TIME else -12
    return (
        line.mark_line(**REFERENCE),
        word.mark_text(text=COPY, align="left", dx=4, dy=below, color=NEUTRAL, fontStyle="italic"),
    )


def describe(data: pd.DataFrame, measure: Measure, sizes: list[int]) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return "Nothing was measured for this selection."
    at = data.loc[data["numel"] == sizes[-1]].sort_values("value")
    first, last = at.iloc[0], at.iloc[-1]
    return (
        f"Line chart of {measure.axis} against elements per call (log scale); "
        f"{measure.direction}. {data['label'].nunique()} activations at {len(sizes)} sizes. "
        f"At {sizes[-1]:,} elements from {first['label']}, {first['shown']}, "
        f"to {last['label']}, {last['shown']}; 95 % intervals in brackets."
    )
