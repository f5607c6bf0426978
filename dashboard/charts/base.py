"""What the charts share: titles, the look of an activation as scales, and the count of marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.colors import NEUTRAL, looks

MARKS_MAX = 20_000
"""More marks than this are never sent to a browser."""


def line_at_one(channel_of: dict[str, Any], channel: str = "y") -> list[alt.Chart]:
    """The line at a ratio of 1, where an activation is as fast as ReLU; it brings no y axis."""
    rule = alt.Chart(pd.DataFrame({"one": [1.0]})).mark_rule(
        color=NEUTRAL, strokeWidth=1.5, strokeDash=[4, 3]
    )
    if channel == "x":
        return [rule.encode(x=alt.X("one:Q", **channel_of))]
    return [rule.encode(y=alt.Y("one:Q", **{**channel_of, "axis": None}))]


def title(text: str, *subtitle: str) -> alt.TitleParams:
    """A title over the whole chart, with what was held fixed below it."""
    return alt.TitleParams(
        text,
        subtitle=list(subtitle),
        subtitleColor=NEUTRAL,
        anchor="start",
        frame="bounds",
        offset=12,
    )


def color(labels: Sequence[str]) -> alt.Color:
    """The colour of each activation; the names stand beside the marks, so there is no legend."""
    scale = alt.Scale(domain=list(labels), range=looks(labels)[0])
    return alt.Color("label:N", scale=scale, legend=None)


def shape(labels: Sequence[str]) -> alt.Shape:
    """The shape of each activation."""
    scale = alt.Scale(domain=list(labels), range=looks(labels)[1])
    return alt.Shape("label:N", scale=scale, legend=None)


def dash(labels: Sequence[str]) -> alt.StrokeDash:
    """The dash of each activation's line."""
    scale = alt.Scale(domain=list(labels), range=looks(labels)[2])
    return alt.StrokeDash("label:N", scale=scale, legend=None)


def rows_of(labels: Sequence[str], field: str = "label:N") -> alt.Y:
    """One row per activation, in this order."""
    axis = alt.Axis(
        labelLimit=140,
        labelOverlap=False,
        labelFlush=False,
        labelPadding=8,
        ticks=False,
        domain=False,
    )
    return alt.Y(field, sort=list(labels), title=None, axis=axis)


def height_of_rows(count: int) -> int:
    """The height in pixels of a chart with so many rows: title, axis and all."""
    return 24 * max(count, 1) + 130


def in_order(labels: Sequence[str]) -> list[str]:
    """Activations by name, ReLU first."""
    return sorted(set(labels), key=lambda name: (name != "relu", name))


def measured(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The columns that a chart sends, of the rows that were measured."""
    return frame.loc[frame["status"] == "ok", list(columns)].reset_index(drop=True)


def mark_count(chart: alt.TopLevelMixin) -> int:
    """How many marks a chart draws at most: the rows of every layer."""
    spec: dict[str, Any] = chart.to_dict(validate=False)  # which takes most of the time
    sizes = {name: len(data) for name, data in spec.get("datasets", {}).items()}

    def count(view: dict[str, Any], inherited: int) -> int:
        data = view.get("data", {})
        own = sizes.get(data.get("name", ""), len(data.get("values", ()))) if data else inherited
        layers = view.get("layer", ())
        return sum(count(each, own) for each in layers) if layers else own

    return count(spec, 0)
