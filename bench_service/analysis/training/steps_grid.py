"""Curves of several slices on one grid of steps, of which some diverged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench_service.analysis.statistics import FloatArray

StepArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Gridded:
    """What slices had at steps: arrays of shape (n_slices, n_steps)."""

    known: FloatArray
    """NaN where a slice has none, or had diverged."""
    is_diverged: npt.NDArray[np.bool_]
    """Where a slice had diverged. One without a value that hadn't ran out of time or went wrong."""


def grid_of(curves: pd.DataFrame) -> StepArray:
    """All steps at which any of the curves has a value, rising."""
    return np.unique(np.concatenate([np.asarray(steps) for steps in curves["steps"]]))


def on_grid(curves: pd.DataFrame, grid: StepArray) -> Gridded:
    """The curves (columns ``status``, and arrays ``steps`` and ``values``) on a grid of steps.

    ``grid`` has shape (n_steps,), rises and holds all steps of the curves. A slice of the status
    ``diverged`` had diverged from its first value that isn't finite on, or past its last one.
    """
    values = np.full((len(curves), len(grid)), np.nan)
    gone_from = np.full(len(curves), math.inf)
    rows = zip(curves["status"], curves["steps"], curves["values"], strict=True)
    for row, (status, steps, own) in enumerate(rows):
        values[row, np.searchsorted(grid, steps)] = own
        if status == "diverged":
            lost = steps[~np.isfinite(own)]
            gone_from[row] = lost[0] if len(lost) else (steps[-1] + 1 if len(steps) else 0)
    is_diverged = grid[None, :] >= gone_from[:, None]
    return Gridded(np.where(np.isfinite(values) & ~is_diverged, values, np.nan), is_diverged)
