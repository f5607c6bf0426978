"""Lines by size with intervals and shapes, and the name of each at its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from dashboard.charts import axes, base, naming

OWN_AXES = alt.Resolve(axis=alt.AxisResolveMap(y="independent"))
"""Values are marked on the left and names on the right of the same scale."""


@dataclass(frozen=True)
class Style:
    """How lines and their intervals are drawn."""

    size: int = 55
    """Of the marks, in square pixels."""
    is_band: bool = False
    """Intervals are bands along the lines and not rules at the marks."""
    interpolate: Literal["linear", "step-after"] = "linear"


BESIDE = alt.ExprRef(expr="width - 10")
"""Where marks beside names stand, wherever their lines end."""
MANY = 8
POINTS = Style()
CURVES = Style(size=24, is_band=True)
STAIRS = Style(size=24, is_band=True, interpolate="step-after")


def layers(
    data: pd.DataFrame,
    y: dict[str, Any],
    height: int,
    tooltip: Sequence[alt.Tooltip],
    *,
    behind: Sequence[alt.Chart] = (),
    x: alt.X | None = None,
    along: str = "numel",
    style: Style = POINTS,
) -> list[alt.Chart]:
    """The layers of a chart of ``label, value, low, high`` along ``numel``, or along another field.

    Layers ``behind`` have no y axis. Pointing at a line fades the others.
    """
    labels = base.in_order(list(data["label"]))
    if x is None:
        x = axes.of_sizes(sorted(int(size) for size in data["numel"].unique()))
    hidden = {**y, "axis": None}
    hover = alt.selection_point(fields=["label"], on="pointerover", name="hover")
    fade = alt.condition(hover, alt.value(1.0), alt.value(0.15))
    series = alt.Chart(data).encode(x=x, color=base.color(labels), opacity=fade)
    ends = tuple(y["scale"].domain)
    is_log = y["scale"].to_dict().get("type") == "log"
    named = naming.at_line_ends(data, ends, height - naming.AROUND, along=along, is_log=is_log)
    return [
        *behind,
        series.mark_line(strokeWidth=1.75, interpolate=style.interpolate).encode(
            y=alt.Y("value:Q", **y), strokeDash=base.dash(labels)
        ),
        _intervals(series, hover, style, len(labels)).encode(
            y=alt.Y("low:Q", **hidden), y2="high:Q"
        ),
        series.mark_point(size=style.size, filled=True)
        .encode(y=alt.Y("value:Q", **hidden), shape=base.shape(labels), tooltip=list(tooltip))
        .add_params(hover),
        _names(named, y, labels),
    ]


def _intervals(series: alt.Chart, hover: alt.Parameter, style: Style, count: int) -> alt.Chart:
    if not style.is_band:
        rules: alt.Chart = series.mark_rule(strokeWidth=2.5)
        return rules
    area = series.mark_area(interpolate=style.interpolate)
    most = 0.12 if count <= MANY else 0.04  # many bands at once would hide the lines
    shown: alt.Chart = area.encode(
        opacity=alt.condition(hover, alt.value(most), alt.value(0.01), empty=True)
    )
    return shown


def _names(named: pd.DataFrame, y: dict[str, Any], labels: Sequence[str]) -> alt.Chart:
    """A mark for each line, and beside it its name as the label of an axis on the right.

    An axis writes in the theme's own colour, which a text in a chart can't.
    """
    words = json.dumps(list(named["label"]))
    axis = alt.Axis(
        orient="right",
        values=list(named["place"]),
        labelExpr=f"{words}[round(datum.index * {len(named) - 1})]",
        labelOverlap=False,
        labelPadding=2,
        grid=False,
        ticks=False,
        domain=False,
    )
    place = alt.Y("place:Q", **{**y, "axis": axis, "title": None})
    marks = alt.Chart(named).mark_point(size=45, filled=True, opacity=1)
    found: alt.Chart = marks.encode(
        x=alt.value(BESIDE), y=place, color=base.color(labels), shape=base.shape(labels)
    )
    return found
