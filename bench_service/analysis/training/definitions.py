"""What a training was, in one run and in another: what forbids a comparison, what it must say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

Slice = Mapping[Any, Any]

DEFINES = {
    "workload_version": "version",
    "metric": "metric",
    "n_steps": "number of steps",
}
"""What makes scores those of one task; a change of anything else comes with another version."""
TARGET = ("target_metric", "target", "target_version")
RATES = {"eval": "tuned rate", "default": "default rate"}


def why_not_comparable(base: Slice, head: Slice) -> str:
    """Why two slices' scores are of different tasks; empty where they are of one."""
    said = _said({words: (base[name], head[name]) for name, words in DEFINES.items()})
    return f"not comparable: {said}" if said else ""


def what_else_changed(base: Slice, head: Slice) -> str:
    """What a difference of two slices' scores may come from, or must be read with; or empty."""
    rates = (f"{base['lr']:g}", f"{head['lr']:g}")
    return _said({
        RATES.get(str(base["lr_role"]), "rate"): rates,
        "version of the activation": (base["activation_version"], head["activation_version"]),
        "target (steps to it don't compare)": (_target(base), _target(head)),
    })  # fmt: skip


def _target(known: Slice) -> str:
    metric, value, version = (known[name] for name in TARGET)
    if pd.isna(version):
        return "none"
    return f"{metric} {value:g}, version {version}"


def _said(pairs: Mapping[str, tuple[Any, Any]]) -> str:
    return "; ".join(
        f"{words} {_shown(base)} in base and {_shown(head)} in head"
        for words, (base, head) in pairs.items()
        if _shown(base) != _shown(head)
    )


def _shown(value: Any) -> str:  # noqa: ANN401  # whatever a frame holds
    return "unknown" if pd.isna(value) else str(value)
