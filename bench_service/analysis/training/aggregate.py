"""Activations over several workloads: interquartile means and what separates them from ReLU's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.statistics import CONFIDENCE, FloatArray
from bench_service.analysis.training.entries import ENTRY, REFERENCE, TASK
from bench_service.analysis.training.interquartile import iqm, resample
from bench_service.analysis.training.resampling import N_RESAMPLES
from bench_service.analysis.training.scores import table

COLUMNS = (
    *ENTRY, "entry", "lr_role", "iqm", "low", "high", "difference", "difference_low",
    "difference_high", "n_tasks", "n_runs", "n_missing", "reason",
)  # fmt: skip
CHUNK = 1_000  # resamples held at once


def aggregate(
    normalised: pd.DataFrame,
    rng: np.random.Generator,
    *,
    lr_role: str = "eval",
    n_resamples: int = N_RESAMPLES,
) -> pd.DataFrame:
    """One row an activation, with the columns ``COLUMNS``: IQM over runs and workloads.

    ``normalised`` is from ``normalised.normalise``; tasks that were left out there don't count.
    95 % percentile intervals of the stratified bootstrap. ``difference`` is to the IQM of ReLU
    over the same cells. ``n_missing`` counts the seeds that another activation has of a task and
    this one lacks. Intervals are of these workloads: seeds were drawn anew, workloads were not.
    ``reason`` says why there is no number, or no interval.
    """
    kept = normalised[(normalised["lr_role"] == lr_role) & (normalised["left_out"] == "")]
    if kept.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    known = kept.drop_duplicates("entry").set_index("entry")
    # ReLU first, also where it wasn't trained in this role: its cells are then unknown.
    names = [REFERENCE, *known.index.drop(REFERENCE, errors="ignore")]
    strata = [
        table(task, "normalised").reindex(columns=names).to_numpy(dtype=float).T
        for _, task in kept.groupby(list(TASK), sort=False, dropna=False)
    ]
    centres = _centres(np.concatenate(strata, axis=-1)[:, None])
    draws = _draws(strata, n_resamples, rng)
    rows = [
        {name: known.loc[entry, name] for name in (*ENTRY, "lr_role")}
        | {"entry": entry}
        | _row([stratum[ix] for stratum in strata], *(both[:, ix] for both in (centres, draws)))
        for ix, entry in enumerate(names)
        if entry in known.index
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(runs: list[FloatArray], centres: FloatArray, draws: FloatArray) -> dict[str, Any]:
    """An entry's row, from its runs of each stratum, and IQM and difference, as drawn too."""
    is_known = [~np.isnan(stratum) for stratum in runs]
    n_runs = sum(int(stratum.sum()) for stratum in is_known)
    reason = _reason(n_runs, min(map(len, runs)))
    low, high = _limits(draws[0], reason)
    difference_low, difference_high = _limits(draws[1], reason)
    return {
        "iqm": float(centres[0, 0]),
        "low": low,
        "high": high,
        "difference": float(centres[1, 0]),
        "difference_low": difference_low,
        "difference_high": difference_high,
        "n_tasks": sum(bool(stratum.any()) for stratum in is_known),
        "n_runs": n_runs,
        "n_missing": sum(map(len, runs)) - n_runs,
        "reason": reason,
    }


def _centres(runs: FloatArray) -> FloatArray:
    """IQMs, and those less ReLU's over the same cells: shape (2, n_entries, n_resamples).

    ``runs`` have shape (n_entries, n_resamples, n_runs), ReLU's first.
    """
    is_shared = ~np.isnan(runs) & ~np.isnan(runs[:1])
    own, relu = (np.where(is_shared, values, np.nan) for values in (runs, runs[:1]))
    return np.stack((iqm(runs), iqm(own) - iqm(relu)))


def _draws(strata: list[FloatArray], n_resamples: int, rng: np.random.Generator) -> FloatArray:
    sizes = [CHUNK] * (n_resamples // CHUNK) + [n_resamples % CHUNK]
    return np.concatenate([_centres(resample(strata, size, rng)) for size in sizes if size], -1)


def _limits(values: FloatArray, reason: str) -> tuple[float, float]:
    """The 95 % percentile interval; NaN where there is a reason to have none."""
    known = values[~np.isnan(values)]
    if reason or not len(known):
        return math.nan, math.nan
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, (tail, 1 - tail))
    return float(low), float(high)


def _reason(n_runs: int, fewest_seeds: int) -> str:
    if not n_runs:
        return "it has no run that counts"
    return "a task has one seed: no interval" if fewest_seeds < 2 else ""
