"""Location, intervals and tests for paired log-ratios over processes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray = npt.NDArray[np.float64]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over processes with its interval; ``low`` and ``high`` are NaN below 2 processes."""

    value: float
    low: float
    high: float
    standard_error: float
    degrees: float
    """Degrees of freedom of the t distribution behind the interval."""

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


def hodges_lehmann(values: FloatArray) -> float:
    """The Hodges-Lehmann location: the median of all means of two values, each with itself too.

    ``values`` has shape (n,), n >= 1. Half of the breakdown of a median, nearly the efficiency of
    a mean. Source: Hodges and Lehmann 1963, Annals of Mathematical Statistics 34:598.
    """
    first, second = np.triu_indices(len(values))
    return float(np.median((values[first] + values[second]) / 2))


def lag1_autocorrelation(values: FloatArray) -> float:
    """The correlation of neighbours in order, 0 where there are too few or they don't vary."""
    centred = values - values.mean()
    power = float(centred @ centred)
    if len(values) < 4 or power == 0:
        return 0.0
    return float(centred[:-1] @ centred[1:]) / power


def mean_over_processes(values: FloatArray, confidence: float = CONFIDENCE) -> Estimate:
    """The mean of one value a process, in order of time, with a t interval.

    Neighbours in time may share the machine's state. Where their lag-1 autocorrelation rho is
    larger than chance makes it (one-sided 5 %), the standard error is widened by
    sqrt((1 + rho) / (1 - rho)), the effect of a first-order autoregression on a mean.
    """
    n = len(values)
    value = float(values.mean())
    if n < 2:
        return Estimate(value, math.nan, math.nan, math.nan, 0)
    standard_error = float(values.std(ddof=1)) / math.sqrt(n)
    rho = min(0.9, lag1_autocorrelation(values))
    if rho > stats.norm.ppf(0.95) / math.sqrt(n):
        standard_error *= math.sqrt((1 + rho) / (1 - rho))
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * standard_error
    return Estimate(value, value - reach, value + reach, standard_error, n - 1)


def p_different(estimate: Estimate) -> float:
    """Two-sided p-value of the mean being 0; NaN below 2 processes."""
    if estimate.degrees < 1:
        return math.nan
    if estimate.standard_error == 0:
        return 1.0 if estimate.value == 0 else 0.0
    return float(2 * stats.t.sf(abs(estimate.value) / estimate.standard_error, estimate.degrees))


def is_equivalent(estimate: Estimate, margin: float, level: float = 0.05) -> bool:
    """True where two one-sided t tests place the mean within +-margin (Schuirmann 1987)."""
    if estimate.degrees < 1:
        return False
    reach = float(stats.t.ppf(1 - level, estimate.degrees)) * estimate.standard_error
    return abs(estimate.value) + reach < margin


def adjust(p_values: FloatArray) -> FloatArray:
    """Benjamini-Hochberg adjusted p-values of a family; NaN stays NaN and isn't counted."""
    adjusted = np.full(len(p_values), np.nan)
    known = ~np.isnan(p_values)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p_values[known])
    return adjusted


def median_interval(values: FloatArray, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of a median by order statistics; the range where there are too few values."""
    low, high = stats.quantile_test(values, q=0, p=0.5).confidence_interval(confidence)
    return (
        float(values.min()) if math.isnan(low) else float(low),
        float(values.max()) if math.isnan(high) else float(high),
    )


def one_process_range(values: FloatArray, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Where one further process is expected: mean +- t * sd * sqrt(1 + 1/n), normal prediction."""
    n = len(values)
    if n < 2:
        return math.nan, math.nan
    spread = float(values.std(ddof=1)) * math.sqrt(1 + 1 / n)
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * spread
    return float(values.mean()) - reach, float(values.mean()) + reach
