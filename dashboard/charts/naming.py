"""Names at the ends of lines, moved apart so that none covers another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

LINE_HEIGHT = 14
"""Pixels that one name takes."""

AROUND = 110
"""Pixels that title and axis take of a chart's height."""


def height(count: int) -> int:
    """The height of a chart in pixels that has room for so many names."""
    return max(400, LINE_HEIGHT * count + AROUND)


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least a gap apart, in the order of what was wanted and as near to it as can be.

    The least squares solution: wanted positions less their share of gaps, pooled where they would
    cross (isotonic regression), and kept within the ends.
    """
    pools: list[tuple[float, int]] = []
    for index, value in enumerate(wanted):
        mean, size = value - index * gap, 1
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    flat = [mean for mean, size in pools for _ in range(size)]
    top = max(low, high - gap * (len(flat) - 1))
    return [min(max(mean, low), top) + index * gap for index, mean in enumerate(flat)]


def at_line_ends(
    data: pd.DataFrame,
    ends: tuple[float, float],
    pixels: float,
    *,
    along: str = "numel",
    is_log: bool = True,
) -> pd.DataFrame:
    """One row per label: the last place along the axis, the value there, and that of the name.

    The axis of values is logarithmic, or linear, between the ends and so many pixels long.
    """
    to_axis, from_axis = (math.log, math.exp) if is_log else (float, float)
    known = data.dropna(subset=["value"]).sort_values(along, kind="stable")
    last = known.groupby("label", as_index=False).last()
    last = last.sort_values("value", kind="stable")[["label", along, "value"]]
    low, high = (to_axis(end) for end in ends)
    gap = (high - low) * LINE_HEIGHT / pixels
    places = apart([to_axis(v) for v in last["value"]], gap, low + gap / 2, high - gap / 2)
    return last.assign(place=[from_axis(place) for place in places])
