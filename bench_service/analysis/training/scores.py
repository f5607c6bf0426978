"""What a slice scored, one number a seed; a diverged slice scores what chance does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.entries import ENTRY, TASK, with_entry
from bench_service.errors import InputError

VIEW = (*TASK, "lr_role", "sweep_lr")
"""Slices that may be held against each other: of one task and one way to set the rate."""
COLUMNS = (
    *VIEW, *ENTRY, "entry", "lr", "seed", "metric", "better", "chance", "score", "is_diverged",
    "reason",
)  # fmt: skip
SCORED_ROLES = ("eval", "default", "sweep")
NO_CHANCE = "diverged, and what chance scores isn't known"


def scores(
    slices: pd.DataFrame | Iterable[Mapping[str, Any]], *, split: str = "test"
) -> pd.DataFrame:
    """One row a slice that wasn't for tuning, with the columns ``COLUMNS``.

    ``metric`` names the column that ``score`` is from: the workload's metric on ``split``
    (``test`` or ``val``). Test data were read once, at the step that validation data chose. A
    diverged slice scores ``chance``, never what an argmax of NaN gives. ``score`` is NaN where a
    slice timed out, went wrong, or diverged where chance isn't known; ``reason`` says which.
    ``sweep_lr`` is the rate in a sweep, where each rate is a comparison of its own, and NaN
    elsewhere. InputError where there are no such slices, or two of one seed.
    """
    found = with_view(slices, SCORED_ROLES)
    found["metric"] = [f"{split}_{name.removeprefix('val_')}" for name in found["metric"]]
    found["is_diverged"] = found["status"] == "diverged"
    values = np.array([row[row["metric"]] for row in found.to_dict("records")], dtype=float)
    measured = np.where((found["status"] == "ok") & np.isfinite(values), values, np.nan)
    found["score"] = np.where(found["is_diverged"], found["chance"].astype(float), measured)
    found["reason"] = [_why_missing(row) for row in found.to_dict("records")]
    _check_seeds(found)
    return found[list(COLUMNS)].reset_index(drop=True)


def with_view(
    slices: pd.DataFrame | Iterable[Mapping[str, Any]], roles: Sequence[str]
) -> pd.DataFrame:
    """The slices of these roles with all columns of ``VIEW`` and ``entry``."""
    given = slices if isinstance(slices, pd.DataFrame) else pd.DataFrame(list(slices))
    found = with_entry(given[given["lr_role"].isin(roles)] if len(given) else given)
    return found.assign(sweep_lr=found["lr"].where(found["lr_role"] == "sweep").astype(float))


def table(scored: pd.DataFrame, value: str = "score") -> pd.DataFrame:
    """The values of one view, of shape (n_seeds, n_entries), by seed and entry; NaN if missing."""
    by_seed = scored.pivot(index="seed", columns="entry", values=value)  # noqa: PD010  # pivot_table drops what is missing everywhere
    return by_seed.sort_index()


def view_key(view: tuple[Any, ...]) -> tuple[Any, ...]:
    """A view as a key of a dict: NaN isn't equal to itself."""
    return tuple(None if isinstance(part, float) and math.isnan(part) else part for part in view)


def _why_missing(row: Mapping[Any, Any]) -> str:
    if np.isfinite(row["score"]):
        return ""
    if row["is_diverged"]:
        return NO_CHANCE
    if row["status"] == "ok":
        return f"there is no {row['metric']}"
    return f"{row['status']}: {row['reason']}" if row["reason"] else str(row["status"])


def _check_seeds(found: pd.DataFrame) -> None:
    twice = found[found.duplicated([*VIEW, "entry", "seed"])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(
            "A seed counts once.",
            got=f"two slices of {first['workload']}, {first['entry']}, seed {first['seed']}, "
            f"role {first['lr_role']}",
            next_step="compare the slices of one run",
        )
