"""Lines by size with intervals and shapes, and the name of each at its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import axes, base, naming

OWN_AXES = alt.Resolve(axis=alt.AxisResolveMap(y="independent"))
"""Values are marked on the left and names on the right of the same scale."""


def layers(
    data: pd.DataFrame,
    y: dict[str, Any],
    height: int,
    tooltip: Sequence[alt.Tooltip],
    *,
    behind: Sequence[alt.Chart] = (),
) -> list[alt.Chart]:
    """The layers of a chart of ``label, numel, value, low, high``; ``behind`` have no y axis.

    Pointing at a line fades the others.
    """
    labels = base.in_order(list(data["label"]))
    x = axes.of_sizes(sorted(int(size) for size in data["numel"].unique()))
    hidden = {**y, "axis": None}
    hover = alt.selection_point(fields=["label"], on="pointerover", name="hover")
    fade = alt.condition(hover, alt.value(1.0), alt.value(0.15))
    series = alt.Chart(data).encode(x=x, color=base.color(labels), opacity=fade)
    ends = tuple(y["scale"].domain)
    return [
        *behind,
        series.mark_line(strokeWidth=1.75).encode(
            y=alt.Y("value:Q", **y), strokeDash=base.dash(labels)
        ),
        series.mark_rule(strokeWidth=2.5).encode(y=alt.Y("low:Q", **hidden), y2="high:Q"),
        series.mark_point(size=55, filled=True)
        .encode(y=alt.Y("value:Q", **hidden), shape=base.shape(labels), tooltip=list(tooltip))
        .add_params(hover),
        _names(naming.at_line_ends(data, ends, height - naming.AROUND), y, labels, x),
    ]


def _names(named: pd.DataFrame, y: dict[str, Any], labels: Sequence[str], x: alt.X) -> alt.Chart:
    """A mark beside the end of each line, and its name as the label of an axis on the right.

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
    marks = alt.Chart(named).mark_point(size=45, filled=True, opacity=1, xOffset=14)
    found: alt.Chart = marks.encode(
        x=x, y=place, color=base.color(labels), shape=base.shape(labels)
    )
    return found
