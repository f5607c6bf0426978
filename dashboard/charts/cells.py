"""Values in a grid of named rows and columns, each with its number in it."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts import base
from dashboard.colors import NEUTRAL

INK = "currentColor"
"""The theme's own colour of text, which a page's style gives to its charts."""
FILL = "#475569"
"""Slate, which no activation has; it is readable under white and visible on either background."""
DARK_FROM = 0.68
"""From this share of the scale on, white is easier to read on the fill than the theme's ink."""
CELL_HEIGHT = 30


def chart(
    data: pd.DataFrame,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    axis: str,
    title: alt.TitleParams,
    value: str,
    description: str,
) -> alt.LayerChart:
    """The chart of ``row, column, level, text, shown``.

    ``level`` from 0 to 1 is how dark a cell is; one without a level is left empty but for its
    text. ``axis`` is the title of the columns, and ``value`` says what a value is.
    """
    x = alt.X(
        "column:N",
        sort=list(columns),
        title=axis,
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy", ticks=False, domain=False),
    )
    cells = alt.Chart(data).encode(
        x=x,
        y=base.rows_of(rows, field="row:N"),
        tooltip=[
            alt.Tooltip("row:N", title="row"),
            alt.Tooltip("column:N", title=axis),
            alt.Tooltip("shown:N", title=value),
        ],
    )
    fill = alt.FillOpacity("level:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None)
    text = alt.condition(f"datum.level > {DARK_FROM}", alt.value("white"), alt.value(INK))
    layers = [
        cells.mark_rect(fill=FILL, stroke=NEUTRAL, strokeWidth=0.5, strokeOpacity=0.6).encode(
            fillOpacity=fill
        ),
        cells.mark_text(fontSize=12).encode(text="text:N", fill=text),
    ]
    return alt.LayerChart(
        layer=layers,
        title=title,
        height=CELL_HEIGHT * max(len(rows), 1) + 110,
        description=description,
    )
