"""Two samples of scores held against each other, with the same seeds or with others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from bench_service.analysis.statistics import FloatArray
from bench_service.analysis.training.resampling import N_RESAMPLES, Interval, bootstrap
from bench_service.analysis.training.wilcoxon import signed_rank_p

NOTHING = Interval(math.nan, math.nan, math.nan)
N_PERMUTATIONS = 9_999


@dataclass(frozen=True)
class Sample:
    """Scores of an entry and of ReLU, in the same order of seeds where they are paired."""

    own: FloatArray
    relu: FloatArray
    better: str
    """``higher`` or ``lower``."""


@dataclass(frozen=True)
class Compared:
    """What two samples say of each other."""

    n_seeds: int
    """Pairs; of unpaired samples the size of the smaller one."""
    difference: Interval
    """Own minus ReLU's, in units of the metric."""
    p_value: float
    p_better: Interval
    """The probability that a run beats one of ReLU, ties by half."""


def compare_paired(
    sample: Sample, rng: np.random.Generator, n_resamples: int = N_RESAMPLES
) -> Compared:
    """The median difference, the exact signed-rank test and P(better), over pairs of seeds."""
    differences = sample.own - sample.relu
    n = len(differences)
    if n == 0:
        return Compared(0, NOTHING, math.nan, NOTHING)
    wins = _wins(differences, sample.better)
    return Compared(
        n,
        bootstrap((differences,), np.median, rng, n_resamples=n_resamples),
        signed_rank_p(differences) if n > 1 else math.nan,
        bootstrap((wins,), np.mean, rng, kind="percentile", n_resamples=n_resamples),
    )


def compare_unpaired(
    sample: Sample, rng: np.random.Generator, n_resamples: int = N_RESAMPLES
) -> Compared:
    """The difference of medians, the Mann-Whitney test and P(better), samples resampled apart."""
    both = (sample.own, sample.relu)
    n = min(map(len, both))
    if n == 0:
        return Compared(0, NOTHING, math.nan, NOTHING)

    def share_won(own: FloatArray, relu: FloatArray, axis: int = -1) -> FloatArray:
        pairs = own[..., :, None] - relu[..., None, :]
        return np.asarray(_wins(pairs, sample.better).mean(axis=(-2, -1)))

    return Compared(
        n,
        bootstrap(both, difference_of_medians, rng, n_resamples=n_resamples),
        mann_whitney_p(*both, rng) if n > 1 else math.nan,
        bootstrap(both, share_won, rng, kind="percentile", n_resamples=n_resamples),
    )


def difference_of_medians(own: FloatArray, relu: FloatArray, axis: int = -1) -> FloatArray:
    """The first sample's median minus the second's, along an axis."""
    return np.asarray(np.median(own, axis=axis) - np.median(relu, axis=axis))


def mann_whitney_p(own: FloatArray, relu: FloatArray, rng: np.random.Generator) -> float:
    """The two-sided p-value: exact without ties, else by random permutations."""
    has_ties = len(np.unique([*own, *relu])) < len(own) + len(relu)
    if has_ties:
        permuted = stats.PermutationMethod(n_resamples=N_PERMUTATIONS, rng=rng)
        return float(stats.mannwhitneyu(own, relu, method=permuted).pvalue)
    return float(stats.mannwhitneyu(own, relu, method="exact").pvalue)


def _wins(differences: npt.NDArray[np.float64], better: str) -> FloatArray:
    sign = 1.0 if better == "higher" else -1.0
    return np.asarray((1 + np.sign(sign * differences)) / 2)
