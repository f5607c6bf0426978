"""The interquartile mean of runs, and runs resampled within each workload."""

from __future__ import annotations

import numpy as np

from bench_service.analysis.statistics import FloatArray

TRIMMED = 0.25


def iqm(values: FloatArray) -> FloatArray:
    """The mean of the middle half along the last axis: IQM([1..8]) = 4.5. NaN are left out.

    A quarter of the n values, rounded down, is cut off at either end, as in
    ``scipy.stats.trim_mean`` and Agarwal et al. 2021, arXiv:2108.13264. NaN where all are.
    """
    ordered = np.sort(values, axis=-1)  # NaN come last
    n = np.sum(~np.isnan(ordered), axis=-1, keepdims=True)
    n_cut = np.floor(TRIMMED * n)
    rank = np.arange(ordered.shape[-1])
    is_kept = (rank >= n_cut) & (rank < n - n_cut)
    total = np.where(is_kept, ordered, 0.0).sum(axis=-1)
    n_kept = is_kept.sum(axis=-1)
    return np.where(n_kept > 0, total / np.maximum(n_kept, 1), np.nan)


def resample(strata: list[FloatArray], n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """Runs drawn anew within each stratum: shape (n_entries, n_resamples, n_runs).

    ``strata`` have shapes (n_entries, n_seeds), one a workload. The seeds of a stratum are drawn
    with replacement, the same ones for all entries, so that what they share cancels between them.
    """
    drawn = [
        stratum[:, rng.integers(0, stratum.shape[1], (n_resamples, stratum.shape[1]))]
        for stratum in strata
    ]
    return np.concatenate(drawn, axis=-1)
