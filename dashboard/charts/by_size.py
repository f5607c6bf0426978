"""A measure against size: one line per activation, with intervals and what a plain copy costs."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import axes, base, lines, naming
from dashboard.charts.measures import RATIO, TIME, Measure, copies, values
from dashboard.colors import COPY, NEUTRAL


def chart(frame: pd.DataFrame, measure: Measure = TIME, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame holds one row per activation and size."""
    data, copied = values(frame, measure), copies(frame, measure)
    anchors = [1.0] if measure is RATIO else copied["value"]
    ends = axes.domain([*data["low"], *data["high"], *anchors])
    y = axes.of_unit(measure.axis, ends, measure.labels)
    if measure is RATIO:
        y = axes.of_ratio(measure.axis, ends)
    height = naming.height(data["label"].nunique())
    tooltip = (
        alt.Tooltip("label:N", title="activation"),
        alt.Tooltip("numel:Q", title="elements", format=","),
        alt.Tooltip("shown:N", title="with its 95 % interval"),
    )
    behind = base.line_at_one(y) if measure is RATIO else _copy(copied, measure, y)
    return alt.LayerChart(
        layer=lines.layers(data, y, height, tooltip, behind=behind),
        resolve=lines.OWN_AXES,
        title=base.title(f"{measure.heading} against size", *subtitle),
        height=height,
        description=describe(data, measure),
    )


def _copy(copied: pd.DataFrame, measure: Measure, y: dict[str, Any]) -> list[alt.Chart]:
    if copied.empty:
        return []
    x = axes.of_sizes([int(size) for size in copied["numel"]])
    at = alt.Y("value:Q", **{**y, "axis": None})
    line, word = (alt.Chart(rows).encode(x=x, y=at) for rows in (copied, copied.head(1)))
    beside = 14 if measure is TIME else -12
    return [
        line.mark_line(color=NEUTRAL, strokeDash=[2, 4], strokeWidth=2),
        word.mark_text(text=COPY, align="left", dx=4, dy=beside, color=NEUTRAL, fontStyle="italic"),
    ]


def describe(data: pd.DataFrame, measure: Measure) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return "Nothing was measured for this selection."
    largest = int(data["numel"].max())
    at = data.loc[data["numel"] == largest].sort_values("value")
    first, last = at.iloc[0], at.iloc[-1]
    return (
        f"Line chart of {measure.axis} against elements per call (log scale); "
        f"{measure.direction}. {data['label'].nunique()} activations at "
        f"{data['numel'].nunique()} sizes. At {largest:,} elements from {first['label']}, "
        f"{first['shown']}, to {last['label']}, {last['shown']}; 95 % intervals in brackets."
    )
