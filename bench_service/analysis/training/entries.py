"""What makes slices comparable: the task that they train, and the entry that they train it with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from bench_service.errors import InputError

TASK = ("workload", "workload_version", "backend", "init", "optimizer")
"""Slices of one task differ by activation, learning rate and seed alone."""
ENTRY = ("activation", "params")
REFERENCE = "relu"
WIDTH_CHANGING = frozenset({"crelu", "glu", "bilinear", "reglu", "geglu", "swiglu"})
"""Activations whose models have other shapes than ReLU's: no seed gives them the same weights."""


def entry_name(activation: str, params: Mapping[str, Any] | None) -> str:
    """An activation with its parameters, as a name that can be a key: ``elu(alpha=0.5)``."""
    inside = ", ".join(f"{key}={value:g}" for key, value in sorted((params or {}).items()))
    return f"{activation}({inside})" if inside else activation


def with_entry(slices: pd.DataFrame | Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The slices with a column ``entry``; rows may also be mappings, of columns that are needed.

    Columns of ``TASK`` that aren't there are taken to be the same for all rows, and missing
    ``params`` to be none. InputError where there is no row at all.
    """
    found = slices.copy() if isinstance(slices, pd.DataFrame) else pd.DataFrame(list(slices))
    if found.empty:
        raise InputError(
            "There are no slices to compare.",
            got="0 rows: no seed was trained",
            allowed="at least one seed",
            next_step="train with one or more seeds, or choose another run",
        )
    for name in TASK:
        if name not in found:
            found[name] = ""
    if "params" not in found:
        found["params"] = pd.Series([{}] * len(found), index=found.index, dtype=object)
    found["entry"] = [
        entry_name(activation, params)
        for activation, params in zip(found["activation"], found["params"], strict=True)
    ]
    return found
