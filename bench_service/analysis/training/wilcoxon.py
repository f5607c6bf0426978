"""The exact signed-rank test, also where differences are 0 or equal."""

from __future__ import annotations

import numpy as np
from scipy import stats

from bench_service.analysis.statistics import FloatArray

RELATIVE_ROUNDING = 1e-9
"""Differences of printed scores that should be equal differ by rounding; ranks would see that."""


def signed_rank_p(differences: FloatArray) -> float:
    """The exact two-sided p-value of differences being symmetric about 0; NaN where there are none.

    ``differences`` has shape (n,). Zeros are ranked with the rest and then left out (Pratt 1959,
    JASA 54:655), equal ones share their mean rank, and the sum of positive ranks is held against
    all 2^m ways to set the m signs; 1 where all are 0. It can't be below 2^(1 - m). SciPy's own
    is exact only without zeros and ties, or by listing all signs of at most 13 differences.
    """
    if not len(differences):
        return float("nan")
    rounded = _round(np.asarray(differences, dtype=float))
    doubled = np.rint(2 * stats.rankdata(np.abs(rounded))).astype(np.int64)  # mean ranks are halves
    ranks, positive = doubled[rounded != 0], doubled[rounded > 0].sum()
    shares = _null_distribution(ranks)
    lower, upper = shares[: positive + 1].sum(), shares[positive:].sum()
    return float(min(1.0, 2 * min(lower, upper)))


def _round(values: FloatArray) -> FloatArray:
    largest = float(np.abs(values).max())
    if largest == 0:
        return values
    return np.rint(values / (largest * RELATIVE_ROUNDING))


def _null_distribution(ranks: np.ndarray) -> FloatArray:
    """The probability of each sum of ranks, each of which counts with probability 1/2."""
    shares = np.zeros(int(ranks.sum()) + 1)
    shares[0] = 1.0
    for rank in ranks.tolist():
        with_it = np.zeros_like(shares)
        with_it[rank:] = shares[: len(shares) - rank]
        shares = (shares + with_it) / 2
    return shares
