"""When each slice reached its workload's target, or when it was last seen without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.entries import ENTRY
from bench_service.analysis.training.scores import SCORED_ROLES, VIEW, with_view
from bench_service.analysis.training.survival import Times, kaplan_meier

COLUMNS = (*VIEW, *ENTRY, "entry", "seed", "n_steps", "steps", "is_reached")
CURVE_COLUMNS = (*VIEW, *ENTRY, "entry", "steps", "not_reached", "low", "high")


def times_to_target(slices: pd.DataFrame | Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a slice of a workload with a target, with the columns ``COLUMNS``.

    ``steps`` is when the target was reached, else when the slice was last seen without: its budget
    ``n_steps`` if it was trained to the end, or diverged (it will never reach it, so that leaving
    early would flatter it), or its last step if its time ran out. A diverged slice counts as not
    reached even if it passed the target before. Slices that went wrong have no row.
    """
    found = with_view(slices, SCORED_ROLES)
    found = found[found["target"].notna() & (found["status"] != "error")]
    at = pd.to_numeric(found["steps_to_target"]).astype(float)
    is_diverged = found["status"] == "diverged"
    is_reached = at.notna() & ~is_diverged
    last = found["n_steps"].where(found["status"] != "timeout", found["steps"]).astype(float)
    timed = found.assign(is_reached=is_reached, steps=np.where(is_reached, at, last))
    return timed[list(COLUMNS)].reset_index(drop=True)


def times_of(rows: pd.DataFrame) -> Times:
    """The times of rows of ``times_to_target``."""
    return Times(rows["steps"].to_numpy(dtype=float), rows["is_reached"].to_numpy(dtype=bool))


def target_curves(times: pd.DataFrame) -> pd.DataFrame:
    """Kaplan-Meier's curve of each view and activation, with the columns ``CURVE_COLUMNS``.

    ``times`` is from ``times_to_target``.
    """
    curves = []
    for _, group in times.groupby([*VIEW, "entry"], sort=False, dropna=False):
        curve = kaplan_meier(times_of(group))
        first = group.iloc[0]
        curves.append(curve.assign(**{
            name: pd.Series([first[name]] * len(curve), dtype=object)
            for name in (*VIEW, *ENTRY, "entry")
        }))  # fmt: skip
    if not curves:
        return pd.DataFrame(columns=list(CURVE_COLUMNS))
    return pd.concat(curves, ignore_index=True)[list(CURVE_COLUMNS)].infer_objects()
