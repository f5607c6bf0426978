"""Axes with units whose marks are round numbers, on logarithmic scales."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from dashboard.words import short_size

_SPACED = "replace(format(datum.value, '~s'), /([^0-9.]?)$/, ' $1')"
"""A number, a space, and the prefix of its unit: ``100 µ``."""
SECONDS = f"{_SPACED} + 's'"
BYTES_PER_SECOND = f"{_SPACED} + 'B/s'"
MARK_ROOM = 24
"""Pixels that are kept free on the right for the marks beside the names of lines."""

CLOSE = 4.0
"""Ends that differ by less than this factor are close together."""

_POWERS = [2.0**k for k in range(40)]
_RATIOS = sorted({x for p in _POWERS for x in (p, 1 / p, 1.5 * p, 1 / (1.5 * p))})


def domain(values: Iterable[float], room: float = 0.06) -> tuple[float, float]:
    """The ends of a logarithmic axis: all of these positive values, and some room around them."""
    known = [value for value in values if value > 0]
    low, high = (min(known), max(known)) if known else (0.5, 2.0)
    factor = max(high / low, 1.05) ** room
    return low / factor, high * factor


def even(low: float, high: float, limit: int = 7) -> list[float]:
    """Marks at even steps of 1, 2 or 5 times a power of ten: for ends that are close together."""
    least = (high - low) / limit
    power = 10.0 ** math.floor(math.log10(least))
    step = next(step * power for step in (1, 2, 5, 10) if step * power >= least)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def decades(low: float, high: float, limit: int = 7) -> list[float]:
    """Marks at 1, 2 and 5 times powers of ten; where that is too many, at the powers alone."""
    if high / low < CLOSE:
        return even(low, high, limit)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1,)):
        marks = [step * 10.0**power for power in powers for step in steps]
        marks = [mark for mark in marks if low <= mark <= high]
        if len(marks) <= limit:
            break
    return marks[:: math.ceil(len(marks) / limit)]


def ratios(low: float, high: float, limit: int = 7) -> list[float]:
    """Marks for an axis of ratios: even steps where the ends are close, else halves and doubles."""
    if high / low < CLOSE:
        return even(low, high, limit)
    marks = [mark for mark in _RATIOS if low <= mark <= high]
    if len(marks) > limit:
        marks = [mark for mark in marks if math.log2(mark).is_integer()]
    return marks[:: math.ceil(len(marks) / limit)]


def of_sizes(sizes: Sequence[int]) -> alt.X:
    """Elements per call, marked at the sizes measured; with room for marks beside names."""
    words = ", ".join(f"'{size}': '{short_size(size)}'" for size in sizes)
    axis = alt.Axis(
        values=list(sizes), labelExpr=f"{{{words}}}['' + datum.value]", labelOverlap="greedy"
    )
    end = alt.ExprRef(expr=f"width - {MARK_ROOM}")
    scale = alt.Scale(type="log", base=2, nice=False, range=[16, end])
    return alt.X("numel:Q", title="elements per call (log scale)", axis=axis, scale=scale)


def of_ratio(title: str, ends: tuple[float, float]) -> dict[str, Any]:
    """What a channel needs for an axis of ratios: title, scale and axis."""
    scale = alt.Scale(type="log", base=2, domain=list(ends), nice=False)
    return {
        "title": title,
        "scale": scale,
        "axis": alt.Axis(values=ratios(*ends), format=".4~g", grid=True),
    }


def of_unit(title: str, ends: tuple[float, float], labels: str) -> dict[str, Any]:
    """What a channel needs for an axis of a quantity with a unit: title, scale and axis."""
    scale = alt.Scale(type="log", domain=list(ends), nice=False)
    return {
        "title": title,
        "scale": scale,
        "axis": alt.Axis(values=decades(*ends), labelExpr=labels, grid=True),
    }
