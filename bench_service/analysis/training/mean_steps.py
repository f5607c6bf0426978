"""The mean time to a target with its interval, and the share of seeds that never got there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.statistics import CONFIDENCE
from bench_service.analysis.training.divergence import wilson_interval
from bench_service.analysis.training.entries import ENTRY
from bench_service.analysis.training.resampling import N_RESAMPLES
from bench_service.analysis.training.scores import VIEW
from bench_service.analysis.training.survival import Times, restricted_mean
from bench_service.analysis.training.target import times_of

COLUMNS = (
    *VIEW, *ENTRY, "entry", "budget", "n_seeds", "n_missed", "mean_steps", "mean_low", "mean_high",
    "missed_rate", "missed_low", "missed_high",
)  # fmt: skip


def mean_steps(
    times: pd.DataFrame, rng: np.random.Generator, *, n_resamples: int = N_RESAMPLES
) -> pd.DataFrame:
    """One row a view and activation, with the columns ``COLUMNS``.

    ``times`` is from ``target.times_to_target``. ``mean_steps`` is the mean restricted to the
    budget, with a 95 % percentile interval over seeds; NaN ends where there is one seed.
    ``missed_rate`` is the share of the seeds that didn't reach the target, with Wilson's interval;
    a seed whose time ran out before its budget didn't reach it either.
    """
    groups = times.groupby([*VIEW, "entry"], sort=False, dropna=False)
    rows = [_row(group, rng, n_resamples) for _, group in groups]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(group: pd.DataFrame, rng: np.random.Generator, n_resamples: int) -> dict[str, Any]:
    first = group.iloc[0]
    times, budget = times_of(group), float(first["n_steps"])
    n, n_missed = len(times), int((~times.is_reached).sum())
    low, high = _limits(times, budget, rng, n_resamples)
    missed_low, missed_high = wilson_interval(n_missed, n)
    return {name: first[name] for name in (*VIEW, *ENTRY, "entry")} | {
        "budget": budget,
        "n_seeds": n,
        "n_missed": n_missed,
        "mean_steps": float(restricted_mean(times, budget)[0]),
        "mean_low": low,
        "mean_high": high,
        "missed_rate": n_missed / n,
        "missed_low": missed_low,
        "missed_high": missed_high,
    }


def _limits(
    times: Times, budget: float, rng: np.random.Generator, n_resamples: int
) -> tuple[float, float]:
    n = len(times)
    if n < 2:
        return math.nan, math.nan
    counts = rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(restricted_mean(times, budget, counts), (tail, 1 - tail))
    return float(low), float(high)
