"""Performance profiles over workloads: how often an activation is within a factor of the best."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench_service.analysis.statistics import FloatArray
from bench_service.analysis.training.entries import TASK
from bench_service.analysis.training.step_times import step_time_of

LARGEST_FACTOR = 4.0
COLUMNS = ("entry", "lr_role", "factor", "share")
SCORE_COLUMNS = ("entry", "lr_role", "profile_score", "n_tasks", "n_missed", "n_missing")


def factors_of_best(
    times: pd.DataFrame, *, lr_role: str = "eval", step_times: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Each entry's median time to the target over the best entry's: shape (n_tasks, n_entries).

    ``times`` is from ``target.times_to_target``; the median is over seeds, a seed that didn't
    reach the target being infinitely late. In steps, or in seconds where ``step_times`` are given.
    Infinite for a miss; NaN where the entry wasn't trained on the task or has no step time.
    """
    kept = times[times["lr_role"] == lr_role]
    late = kept.assign(late=kept["steps"].where(kept["is_reached"], np.inf))
    of_entries = late.groupby([*TASK, "entry"], dropna=False)["late"].median()
    medians = of_entries.unstack("entry")  # noqa: PD010  # pivot_table drops what is missing everywhere
    if step_times is not None:
        workload, backend = TASK.index("workload"), TASK.index("backend")
        for task in medians.index:
            for entry in medians.columns:
                step = step_time_of(step_times, task[workload], task[backend], str(entry))
                medians.loc[task, entry] *= step.step_time_ns
    best = medians.min(axis=1).replace(np.inf, np.nan)
    return medians.div(best, axis=0).fillna(np.inf).where(medians.notna())


def performance_profiles(factors: pd.DataFrame, lr_role: str = "eval") -> pd.DataFrame:
    """The share of tasks within each factor of the best, with the columns ``COLUMNS``.

    ``factors`` is from ``factors_of_best``. A row at 1, at 4, and at every factor in between where
    the share of the entry steps up. A task that the entry misses or lacks counts against it.
    Source: Dolan and More 2002, Mathematical Programming 91:201, with AlgoPerf's range of factors
    (Dahl et al. 2023, arXiv:2306.07179).
    """
    rows = []
    for entry in factors:
        known = _misses_filled(factors[entry])
        within = known[(known > 1) & (known < LARGEST_FACTOR)]
        for factor in (1.0, *np.unique(within).tolist(), LARGEST_FACTOR):
            share = float((known <= factor).mean())
            rows.append({"entry": entry, "lr_role": lr_role, "factor": factor, "share": share})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def profile_scores(factors: pd.DataFrame, lr_role: str = "eval") -> pd.DataFrame:
    """The area under each entry's profile, from 0 to 1, with the columns ``SCORE_COLUMNS``.

    The integral of the share from 1 to 4, divided by 3: 1 for an entry that is the best one
    everywhere. It depends on which entries are compared.
    """
    rows = [
        {
            "entry": entry,
            "lr_role": lr_role,
            "profile_score": _area(_misses_filled(factors[entry])),
            "n_tasks": len(factors),
            "n_missed": int(np.isinf(factors[entry]).sum()),
            "n_missing": int(factors[entry].isna().sum()),
        }
        for entry in factors
    ]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _misses_filled(factors: pd.Series[float]) -> FloatArray:
    return np.asarray(factors.fillna(np.inf), dtype=np.float64)


def _area(factors: FloatArray) -> float:
    # A task within a factor f adds 1 to the share from f to the largest factor.
    gained = np.maximum(0.0, LARGEST_FACTOR - np.maximum(1.0, factors))
    return float(gained.mean() / (LARGEST_FACTOR - 1))
