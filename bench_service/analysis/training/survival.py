"""Times of which some were cut off: Kaplan-Meier, restricted means and the log-rank test."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.duration.survfunc import survdiff

from bench_service.analysis.statistics import CONFIDENCE, FloatArray


@dataclass(frozen=True)
class Times:
    """Times in steps, and which of them are of the event; the others were cut off then."""

    steps: FloatArray
    is_reached: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.steps)


def kaplan_meier(times: Times) -> pd.DataFrame:
    """The share that hasn't reached the target yet: ``steps, not_reached, low, high``.

    A row a time at which something happens, from step 0, rising; the curve is flat in between.
    Pointwise 95 % log-log intervals, NaN where they aren't defined. Source: Kaplan and Meier 1958,
    JASA 53:457, by SciPy.
    """
    known = stats.CensoredData(
        uncensored=times.steps[times.is_reached], right=times.steps[~times.is_reached]
    )
    share = stats.ecdf(known).sf
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # of limits that aren't defined
        limits: Any = share.confidence_interval(CONFIDENCE, method="log-log")
    return pd.DataFrame(
        {
            "steps": [0.0, *share.quantiles],
            "not_reached": [1.0, *share.probabilities],
            "low": [1.0, *limits.low.probabilities],
            "high": [1.0, *limits.high.probabilities],
        }
    )


def median_steps(times: Times) -> float:
    """The first time at which half or more have reached the target; NaN where that never comes."""
    curve = kaplan_meier(times)
    reached = curve.loc[curve["not_reached"] <= 0.5 + 1e-12, "steps"]
    return float(reached.iloc[0]) if len(reached) else math.nan


def restricted_mean(
    times: Times, budget: float, weights: npt.NDArray[np.int64] | None = None
) -> FloatArray:
    """The mean time to the target or the budget: the area under Kaplan-Meier's curve up to it.

    ``weights`` of shape (n_resamples, n) say how often each time was drawn; without them every one
    counts once and the result has shape (1,). Where nothing was cut off before the budget this is
    the mean of min(time, budget). Source: Royston and Parmar 2013, BMC Medical Research
    Methodology 13:152.
    """
    counts = np.ones((1, len(times)), dtype=np.int64) if weights is None else weights
    order = np.lexsort((~times.is_reached, times.steps))  # at one time, those reaching it first
    steps, is_event = np.minimum(times.steps[order], budget), times.is_reached[order]
    counts = counts[:, order]
    at_risk = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    shares = np.where(is_event & (at_risk > 0), 1 - counts / np.maximum(at_risk, 1), 1.0)
    not_reached = np.cumprod(shares, axis=1)
    widths = np.diff(steps, append=budget)
    return np.asarray(steps[0] + (not_reached * widths).sum(axis=1))


def log_rank_p(own: Times, other: Times, *, is_paired: bool) -> float:
    """The two-sided p-value of the log-rank test, stratified by pair where times are paired.

    1 where no pair tells the two apart. Source: Mantel 1966, Cancer Chemotherapy Reports 50:163,
    by statsmodels.
    """
    steps = np.concatenate((own.steps, other.steps))
    is_reached = np.concatenate((own.is_reached, other.is_reached))
    group = np.repeat((0, 1), (len(own), len(other)))
    strata = np.concatenate((np.arange(len(own)), np.arange(len(other)))) if is_paired else None
    try:
        return float(survdiff(steps, is_reached.astype(int), group, strata=strata)[1])
    except np.linalg.LinAlgError:  # no variance: nothing was reached, or always together
        return 1.0
