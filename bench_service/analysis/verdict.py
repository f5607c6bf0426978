"""One of five words for a ratio: faster, slower, equivalent, negligible, inconclusive."""

from __future__ import annotations

import math
from enum import StrEnum

from bench_service.analysis.statistics import Estimate, is_equivalent

SIGNIFICANCE = 0.05
SMALLEST_OF_INTEREST = math.log(1.01)
"""Differences below 1 % are of no interest, and below what A/A checks show either."""


class Verdict(StrEnum):
    """What can be said of an entry against ReLU."""

    FASTER = "faster"
    SLOWER = "slower"
    EQUIVALENT = "equivalent"  # shown to lie within the smallest difference of interest
    NEGLIGIBLE = "negligible"  # different, by less than what is of interest
    INCONCLUSIVE = "inconclusive"  # more children are needed


def decide(log_ratio: Estimate, adjusted_p: float, margin: float = SMALLEST_OF_INTEREST) -> Verdict:
    """The verdict on a log-ratio, given its p-value adjusted over the family shown.

    ``margin`` is the smallest log-ratio that counts as a difference: 1 %, or the noise of the
    rounds' own A/A check where that is larger. Equivalence is always shown within 1 %: noise may
    hide a difference, but it can't prove that there is none.
    """
    excludes_zero = log_ratio.low > 0 or log_ratio.high < 0
    if excludes_zero and adjusted_p < SIGNIFICANCE and abs(log_ratio.value) >= margin:
        return Verdict.SLOWER if log_ratio.value > 0 else Verdict.FASTER
    if is_equivalent(log_ratio, SMALLEST_OF_INTEREST):
        return Verdict.NEGLIGIBLE if excludes_zero else Verdict.EQUIVALENT
    return Verdict.INCONCLUSIVE
