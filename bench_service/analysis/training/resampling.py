"""Bootstrap intervals over seeds; none where there is one seed, and a point where all agree."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from bench_service.analysis.statistics import CONFIDENCE, FloatArray

N_RESAMPLES = 10_000
BATCH = 1_000  # resamples held at once
Kind = Literal["bca", "percentile"]


@dataclass(frozen=True)
class Interval:
    """A value and where it may lie; ``low`` and ``high`` are NaN where one seed says nothing."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


def bootstrap(
    samples: tuple[FloatArray, ...],
    statistic: Callable[..., FloatArray],
    rng: np.random.Generator,
    *,
    kind: Kind = "bca",
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """The statistic of the samples and its 95 % interval, each sample resampled on its own.

    ``statistic(*samples, axis)`` is vectorised. Bias-corrected and accelerated (Efron 1987, JASA
    82:171), by percentiles where the acceleration isn't defined. Paired seeds come as one sample
    of differences.
    """
    value = float(statistic(*samples, axis=-1))
    if min(map(len, samples)) < 2:
        return Interval(value, math.nan, math.nan)
    if all(np.ptp(sample) == 0 for sample in samples):
        return Interval(value, value, value)
    low, high = _limits(samples, statistic, rng, kind, n_resamples)
    if math.isnan(low) or math.isnan(high):
        low, high = _limits(samples, statistic, rng, "percentile", n_resamples)
    return Interval(value, low, high)


def _limits(
    samples: tuple[FloatArray, ...],
    statistic: Callable[..., FloatArray],
    rng: np.random.Generator,
    kind: Kind,
    n_resamples: int,
) -> tuple[float, float]:
    # SciPy warns of what the caller looks for itself: limits that are NaN.
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            samples, statistic, n_resamples=n_resamples, batch=BATCH, vectorized=True,
            confidence_level=CONFIDENCE, method="BCa" if kind == "bca" else "percentile", rng=rng,
        )  # fmt: skip
    interval = found.confidence_interval
    return float(interval.low), float(interval.high)
