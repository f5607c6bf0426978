"""One of four words for an activation's score against ReLU's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bench_service.analysis.training.resampling import Interval
from bench_service.analysis.verdict import SIGNIFICANCE

MIN_SEEDS_FOR_VERDICT = 6
"""The fewest pairs whose exact signed-rank test can reject at 5 %: 2^(1 - 6) = 0.031."""


class TrainingVerdict(StrEnum):
    """What can be said of an activation against ReLU on a workload.

    Of times the words are ``faster`` and ``slower`` (``analysis.verdict``); of what was learnt
    they are these, whether the metric is to be high or low.
    """

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"  # shown to lie within the smallest difference of interest
    INCONCLUSIVE = "inconclusive"  # more seeds are needed


def decide(
    gain: Interval, adjusted_p: float, n_seeds: int, *, rope: float, noise_floor: float = 0.0
) -> TrainingVerdict:
    """The verdict on a gain: a difference to ReLU, turned so that more is better.

    Better or worse, where the family-wise p-value is below 5 %, the interval excludes 0 and the
    difference is at least ``rope`` and at least the noise floor of the A/A controls. Equivalent,
    where the whole interval lies within +-``rope``: noise may hide a difference, but can't prove
    that there is none. Fewer than ``MIN_SEEDS_FOR_VERDICT`` seeds say nothing, nor does a NaN.
    """
    if n_seeds < MIN_SEEDS_FOR_VERDICT:
        return TrainingVerdict.INCONCLUSIVE
    excludes_zero = gain.low > 0 or gain.high < 0
    if excludes_zero and adjusted_p < SIGNIFICANCE and abs(gain.value) >= max(rope, noise_floor):
        return TrainingVerdict.BETTER if gain.value > 0 else TrainingVerdict.WORSE
    if -rope <= gain.low and gain.high <= rope:
        return TrainingVerdict.EQUIVALENT
    return TrainingVerdict.INCONCLUSIVE


def decide_difference(row: Mapping[Any, Any]) -> TrainingVerdict:
    """The verdict on a row with ``difference, low, high, better, p_holm, n_seeds, rope``.

    ``noise_floor`` is NaN where there is no control.
    """
    sign = 1.0 if row["better"] == "higher" else -1.0
    low, high = sorted((sign * row["low"], sign * row["high"]))
    gain = Interval(sign * row["difference"], low, high)
    floor = 0.0 if math.isnan(row["noise_floor"]) else row["noise_floor"]
    return decide(gain, row["p_holm"], row["n_seeds"], rope=row["rope"], noise_floor=floor)


def why_no_verdict(n_seeds: int) -> str:
    """Why so few pairs of seeds say nothing; empty where they are enough."""
    if n_seeds == 0:
        return "no seed that both have"
    if n_seeds == 1:
        return "one seed: no interval and no verdict"
    if n_seeds < MIN_SEEDS_FOR_VERDICT:
        return f"{n_seeds} seeds: no verdict below {MIN_SEEDS_FOR_VERDICT}"
    return ""
