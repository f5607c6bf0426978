"""The ratio of two restricted mean times, seeds resampled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench_service.analysis.statistics import CONFIDENCE, FloatArray
from bench_service.analysis.training.resampling import N_RESAMPLES, Interval
from bench_service.analysis.training.survival import Times, restricted_mean


@dataclass(frozen=True)
class RatioDraws:
    """A ratio, and what it was in each resample; no resamples where there was one seed."""

    value: float
    drawn: FloatArray

    def interval(self) -> Interval:
        """The ratio with its 95 % percentile interval."""
        if not len(self.drawn):
            return Interval(self.value, math.nan, math.nan)
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(self.drawn, (tail, 1 - tail))
        return Interval(self.value, float(low), float(high))


def bootstrap_ratio(
    own: Times,
    relu: Times,
    budget: float,
    rng: np.random.Generator,
    *,
    is_paired: bool,
    n_resamples: int = N_RESAMPLES,
) -> RatioDraws:
    """The ratio of restricted means up to the budget, and its resamples.

    Paired times, in the same order of seeds, are drawn with the same indices; others apart. NaN
    where ReLU's mean is 0.
    """
    centre = float(restricted_mean(own, budget)[0]), float(restricted_mean(relu, budget)[0])
    value = centre[0] / centre[1] if centre[1] > 0 else math.nan
    if min(len(own), len(relu)) < 2 or math.isnan(value):
        return RatioDraws(value, np.empty(0))
    counts = _counts(len(own), n_resamples, rng)
    counts_relu = counts if is_paired else _counts(len(relu), n_resamples, rng)
    drawn = restricted_mean(own, budget, counts), restricted_mean(relu, budget, counts_relu)
    return RatioDraws(value, drawn[0] / drawn[1])


def _counts(n: int, n_resamples: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """How often each of n is drawn: shape (n_resamples, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)
