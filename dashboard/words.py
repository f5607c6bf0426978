"""The words and labels of the pages, in one place so that every page says the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

PASSES = {
    "forward": "forward",
    "backward": "backward",
    "forward_backward": "forward + backward",
    "step": "training step",
}
CONDITIONS = {
    "default": "default allocator",
    "arena": "warm arena",
    "kernel": "kernel",
    "hot": "kernel, data in cache",
    "graph": "CUDA graph",
    "wall": "wall clock",
}
"""In the order of preference for a headline: what people get first."""

INITS = {
    "gain": "each one's own gain",
    "he": "He's gain for all",
    "torch_default": "PyTorch's default",
}
"""How weights begin, in the order of preference."""

LAYOUT_OF_DTYPE = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}

_KIBI = ((2**30, "Gi"), (2**20, "Mi"), (2**10, "Ki"))


def short_size(numel: int) -> str:
    """A number of elements for an axis: ``64 Ki`` where it is exact, else with separators."""
    for factor, prefix in _KIBI:
        if numel % factor == 0:
            return f"{numel // factor} {prefix}"
    return f"{numel:,}"


def elements(numel: int, dtype: str) -> str:
    """A size in words: ``65,536 float32 elements (262 kB)``."""
    size = numel * LAYOUT_OF_DTYPE.get(dtype, 0)
    if not size:
        return f"{numel:,} {dtype} elements"
    power = min(int(math.log10(size) / 3), 3)
    return f"{numel:,} {dtype} elements ({size / 1000**power:.3g} {('B', 'kB', 'MB', 'GB')[power]})"


def listing(names: Sequence[str], limit: int = 6) -> str:
    """Names as a sentence lists them; beyond the limit it says how many more."""
    shown = list(names[:limit])
    if len(names) > limit:
        shown.append(f"{len(names) - limit} more")
    if len(shown) < 2:
        return "".join(shown)
    return ", ".join(shown[:-1]) + " and " + shown[-1]


def plural(count: int, noun: str) -> str:
    """A count and its noun: ``1 case``, ``3 cases``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def percent(share: float) -> str:
    """A share in per cent, with two digits below 10 %: ``0.37 %``, ``9.6 %``, ``100 %``."""
    return f"{100 * share:.2g} %" if abs(share) < 0.0995 else f"{100 * share:.0f} %"


def labels(frame: pd.DataFrame) -> pd.Series:
    """The name of each row's activation, with its parameters where the name alone is ambiguous."""
    names = list(frame["activation"])
    written = [
        ", ".join(f"{key}={value:g}" for key, value in (params or {}).items())
        for params in frame["params"]
    ]
    variants: dict[str, set[str]] = {}
    for name, inside in zip(names, written, strict=True):
        variants.setdefault(name, set()).add(inside)
    full = [
        f"{name}({inside})" if inside and len(variants[name]) > 1 else name
        for name, inside in zip(names, written, strict=True)
    ]
    return pd.Series(full, index=frame.index, dtype="str")


def unique(names: Sequence[str], tails: Sequence[str]) -> list[str]:
    """The names, each with its tail where it isn't the only one of its kind."""
    twice = {name for name in names if list(names).count(name) > 1}
    return [
        f"{name} ({tail})" if name in twice else name
        for name, tail in zip(names, tails, strict=True)
    ]
