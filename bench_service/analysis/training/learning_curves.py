"""Metrics over steps: the median of each activation's seeds, with an interval."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.entries import ENTRY, with_entry
from bench_service.analysis.training.median_interval import median_interval
from bench_service.analysis.training.resampling import Interval
from bench_service.analysis.training.steps_grid import StepArray, grid_of, on_grid
from bench_service.quantities import QUANTITIES

GROUP = ("entry", "lr_role", "lr", "split", "metric")
COLUMNS = (*ENTRY, *GROUP, "steps", "median", "low", "high", "n_seeds", "n_diverged")


def learning_curves(curves: pd.DataFrame) -> pd.DataFrame:
    """One row an activation, rate, split, metric and step, with the columns ``COLUMNS``.

    ``curves`` are those of one task, as ``db.queries.training_curves`` gives them: a row a slice,
    with arrays ``steps`` and ``values``. ``median`` is over seeds, with the exact 95 % interval of
    ``median_interval``; a slice that diverged counts as worse than any value from then on, so that
    nothing looks better because its bad seeds left. NaN where half of the seeds or more had
    diverged, and the ends where the interval reaches among those. ``n_seeds`` have a value or had
    diverged; the others ran out of time or went wrong.
    """
    if curves.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    found = with_entry(curves)
    grids = {key: grid_of(group) for key, group in found.groupby(["split", "metric"])}
    rows = [
        row
        for key, group in found.groupby(list(GROUP), sort=False)
        for row in _rows(dict(zip(GROUP, key, strict=True)), group, grids[key[3], key[4]])
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def is_higher_better(metric: str) -> bool:
    """True where a curve's metric is better when it is higher; unknown ones count as losses."""
    known = QUANTITIES.get(f"val_{metric}")
    return known is not None and known.better == "higher"


def _rows(key: dict[str, Any], group: pd.DataFrame, grid: StepArray) -> list[dict[str, Any]]:
    first = group.iloc[0]
    named = {name: first[name] for name in ENTRY} | key
    gridded = on_grid(group, grid)
    worst = -math.inf if is_higher_better(str(key["metric"])) else math.inf
    ranked = np.where(gridded.is_diverged, worst, gridded.known)
    return [
        named
        | {"steps": step}
        | _numbers(median_interval(ranked[:, at]))
        | {
            "n_seeds": int((~np.isnan(ranked[:, at])).sum()),
            "n_diverged": int(gridded.is_diverged[:, at].sum()),
        }
        for at, step in enumerate(grid.tolist())
    ]


def _numbers(found: Interval) -> dict[str, float]:
    numbers = {"median": found.value, "low": found.low, "high": found.high}
    return {name: value if math.isfinite(value) else math.nan for name, value in numbers.items()}
