"""Neuron metrics over checkpoints: the median of each activation's seeds, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.entries import ENTRY, with_entry
from bench_service.analysis.training.median_interval import median_interval
from bench_service.analysis.training.steps_grid import StepArray, grid_of, on_grid

NETWORK = "network"
"""The layer that stands for all hidden units together."""
GROUP = ("entry", "lr_role", "lr", "layer", "metric")
COLUMNS = (
    *ENTRY, *GROUP, "steps", "median", "low", "high", "n_seeds", "n_diverged", "n_slices",
    "n_units", "n_probe",
)  # fmt: skip


def courses(curves: pd.DataFrame) -> pd.DataFrame:
    """One row an activation, rate, layer, metric and checkpoint, with the columns ``COLUMNS``.

    ``curves`` are those of one task, as ``db.queries.neuron_curves`` gives them. ``median`` is over
    the ``n_seeds`` slices that are a network at that step, with the exact 95 % interval of
    ``median_interval``; ``n_diverged`` others have diverged and have no neurons, dead or living:
    neither number is to be shown without the other. The rest of the ``n_slices`` ran out of time
    or have outputs that can't be squared.
    """
    if curves.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    grid = grid_of(curves)
    groups = with_entry(curves).groupby(list(GROUP), sort=False)
    rows = [
        row
        for key, group in groups
        for row in _rows(dict(zip(GROUP, key, strict=True)), group, grid)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def finals(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of the last checkpoint, also of groups of which nothing is left by then."""
    last = found["steps"].max()
    ended: pd.DataFrame = found[found["steps"] == last]
    return ended.reset_index(drop=True)


def _rows(key: dict[str, Any], group: pd.DataFrame, grid: StepArray) -> list[dict[str, Any]]:
    first = group.iloc[0]
    named = {name: first[name] for name in ENTRY} | key
    sizes = {name: int(first[name]) for name in ("n_units", "n_probe")} | {"n_slices": len(group)}
    gridded = on_grid(group, grid)
    rows = []
    for at, step in enumerate(grid.tolist()):
        values = gridded.known[:, at]
        found = median_interval(values)
        rows.append(
            named
            | {"steps": step, "median": found.value, "low": found.low, "high": found.high}
            | {"n_seeds": int((~np.isnan(values)).sum())}
            | {"n_diverged": int(gridded.is_diverged[:, at].sum())}
            | sizes
        )
    return rows
