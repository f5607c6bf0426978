"""The median over seeds and where it may lie, by ranks alone: a diverged seed needs no number."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from bench_service.analysis.statistics import CONFIDENCE, FloatArray
from bench_service.analysis.training.resampling import Interval

MIN_SEEDS_FOR_INTERVAL = 6
"""The fewest values whose extremes hold the median with 95 %: 1 - 2^(1 - 6) = 0.97."""


def median_interval(values: FloatArray) -> Interval:
    """The median of values of shape (n,), and the narrowest pair of them that holds it with 95 %.

    NaN are left out; infinite values count as beyond all others. The interval is exact for any
    distribution: the k-th smallest and largest, k as large as P(Binomial(n, 1/2) < k) <= 2.5 %
    allows, as in the sign test. ``low`` and ``high`` are NaN where there are fewer than six values,
    and all three where there is none. Source: Thompson 1936, Annals of Mathematical Statistics
    7:122.
    """
    known = np.sort(values[~np.isnan(values)])
    n = len(known)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    middle = float((known[(n - 1) // 2] + known[n // 2]) / 2)
    if n < MIN_SEEDS_FOR_INTERVAL:
        return Interval(middle, math.nan, math.nan)
    k = int(stats.binom.ppf((1 - CONFIDENCE) / 2, n, 0.5))
    return Interval(middle, float(known[k - 1]), float(known[n - k]))
