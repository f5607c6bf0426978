"""Axes of charts about training: steps, learning rates, shares, and metrics with their unit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import axes
from dashboard.training.metric import Metric

FAR = 20
"""A loss of so many times what chance has is as good as diverged."""
PLAIN = "format(datum.value, '~g')"
PERCENT = "format(100 * datum.value, '~g') + ' %'"
ROOM_FOR_MARKS = alt.ExprRef(expr=f"width - {axes.MARK_ROOM}")


def of_steps(last: int, *, has_names: bool = True) -> alt.X:
    """Training steps from 0 to the last, with room for the marks beside names."""
    scale = alt.Scale(domain=[0, max(last, 1)], nice=False)
    if has_names:
        scale["range"] = [0, ROOM_FOR_MARKS]
    return alt.X("steps:Q", title="training steps", axis=alt.Axis(format=",.0f"), scale=scale)


def of_rates(rates: Iterable[float], field: str) -> alt.X:
    """Learning rates along a field, with room for the marks beside names."""
    channel = rate_axis(rates)
    channel["scale"]["range"] = [8, ROOM_FOR_MARKS]
    return alt.X(field, **channel)


def rate_axis(rates: Iterable[float]) -> dict[str, Any]:
    """What a channel needs for an axis of learning rates, marked at those that were tried."""
    tried = sorted(set(rates))
    low, high = axes.domain(tried, room=0.03)
    axis = alt.Axis(values=tried, labelExpr=PLAIN, labelOverlap="greedy", labelSeparation=6)
    return {
        "title": "learning rate (1, log scale)",
        "axis": axis,
        "scale": alt.Scale(type="log", domain=[low, high], nice=False),
    }


def linear(title: str, ends: Sequence[float], labels: str = PLAIN) -> dict[str, Any]:
    """What a channel needs for a linear axis: title, scale and axis."""
    low, high = ends
    return {
        "title": title,
        "scale": alt.Scale(domain=[low, high], nice=False, zero=False, clamp=True),
        "axis": alt.Axis(values=axes.even(low, high), labelExpr=labels, grid=True),
    }


def share(title: str) -> dict[str, Any]:
    """What a channel needs for an axis of shares: from 0 to 100 %, and room for marks there."""
    return {
        "title": title,
        "scale": alt.Scale(domain=[-0.02, 1.02], nice=False),
        "axis": alt.Axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1], labelExpr=PERCENT, grid=True),
    }


def around(
    values: Iterable[float], *, least: float = 1e-9, room: float = 0.06
) -> tuple[float, float]:
    """The ends of a linear axis: all of these values, and some room; never a single point.

    They are at least so far apart; what is narrower is in the middle.
    """
    known = [value for value in values if value == value]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    width = max(high - low, least, 1e-6 * max(abs(low), abs(high))) or 1.0
    beside = (width - (high - low)) / 2 + room * width
    return low - beside, high + beside


def metric(about: Metric, values: Iterable[float], *, chance: float = math.nan) -> dict[str, Any]:
    """What a channel needs for an axis of a metric: logarithmic for a loss that has a logarithm.

    An axis of losses ends where they are ``FAR`` times what chance has; those beyond are drawn at
    its end, because a training that is about to diverge has a loss of any size.
    """
    known = [value for value in values if value == value]
    if about.is_share:
        return linear(about.axis, around(known), PERCENT)
    if about.is_higher_better or not known or min(known) <= 0:
        return linear(about.axis, around(known))
    top = FAR * chance if chance > 0 else math.inf
    title = about.axis.replace(")", ", log scale)", 1)
    channel = axes.of_unit(title, axes.domain([min(value, top) for value in known]), PLAIN)
    channel["scale"]["clamp"] = True
    return channel


def beyond(about: Metric, values: pd.Series[float], chance: float) -> str:
    """A sentence where some of these values are beyond the end of such an axis; else nothing."""
    is_cut = not about.is_share and not about.is_higher_better and chance > 0
    if not is_cut or not (values > FAR * chance).any():
        return ""
    return f" A loss beyond {FAR * chance:.3g}, {FAR} times that of chance, is drawn at the top."
