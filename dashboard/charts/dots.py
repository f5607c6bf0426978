"""One value with its interval per activation, in rows: what several charts have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import base
from dashboard.colors import NEUTRAL


@dataclass(frozen=True)
class Words:
    """What a chart of rows says around its marks."""

    title: str
    subtitle: tuple[str, ...]
    value: str
    """What a value is, for who points at one."""
    description: str
    left: str = ""
    """What lies left of the line, and right of it."""
    right: str = ""


def chart(
    data: pd.DataFrame,
    x: dict[str, Any],
    words: Words,
    *,
    line_at: float | None = None,
    tolerance: float = 0.0,
) -> alt.LayerChart:
    """The chart of ``label, value, low, high, shown, is_filled``, a row each, in this order.

    ``line_at`` is a value to hold them against, and what differs from it by no more than
    ``tolerance`` is shaded. A row may have a column ``note``, which pointing at it tells.
    """
    labels = list(data["label"])
    tooltip = [
        alt.Tooltip("label:N", title="activation"),
        alt.Tooltip("shown:N", title=words.value),
        *([alt.Tooltip("note:N", title="note")] if "note" in data else []),
    ]
    rows = alt.Chart(data).encode(y=base.rows_of(labels), color=base.color(labels), tooltip=tooltip)
    hollow = alt.condition("datum.is_filled", base.color(labels), alt.value("transparent"))
    layers = [
        *(_behind(x, line_at, tolerance, words) if line_at is not None else []),
        rows.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", **x), x2="high:Q"),
        rows.mark_point(size=75, strokeWidth=2, opacity=1).encode(
            x=alt.X("value:Q", **x), shape=base.shape(labels), fill=hollow
        ),
    ]
    return alt.LayerChart(
        layer=layers,
        title=base.title(words.title, *words.subtitle),
        height=base.height_of_rows(len(labels)),
        description=words.description,
    )


def _behind(x: dict[str, Any], at: float, tolerance: float, words: Words) -> list[alt.Chart]:
    """The line, the shade about it, and what lies on either side."""
    low, high = x["scale"].domain
    ends = {"from": max(low, at - tolerance), "to": min(high, at + tolerance)}
    one = alt.Chart(pd.DataFrame([{"at": at, "left": words.left, "right": words.right, **ends}]))
    style: dict[str, Any] = {"color": NEUTRAL, "fontSize": 12, "fontWeight": "bold"}
    said = one.encode(x=alt.X("at:Q", **x), y=alt.value(-9))
    found = [
        one.mark_rule(color=NEUTRAL, strokeWidth=1.5, strokeDash=[4, 3]).encode(
            x=alt.X("at:Q", **x)
        ),
        said.mark_text(align="right", dx=-6, **style).encode(text="left:N"),
        said.mark_text(align="left", dx=6, **style).encode(text="right:N"),
    ]
    if tolerance:
        shade = one.mark_rect(color=NEUTRAL, opacity=0.16)
        found.insert(0, shade.encode(x=alt.X("from:Q", **x), x2="to:Q"))
    return found


def range_of(labels: Sequence[str]) -> str:
    """How many activations there are, in a sentence."""
    return f"{len(labels)} activation" + ("" if len(labels) == 1 else "s")
