from __future__ import annotations

import math

import numpy as np
import pytest

from bench_service.analysis.training.resampling import Interval, bootstrap


def median_interval(values, seed=0, **given):
    return bootstrap(
        (np.array(values, dtype=float),), np.median, np.random.default_rng(seed), **given
    )


def test_one_seed_has_a_value_and_no_interval():
    found = median_interval([0.3])
    assert found.value == 0.3
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_seeds_that_all_agree_leave_a_point():
    assert median_interval([0.2] * 5) == Interval(0.2, 0.2, 0.2)


@pytest.mark.parametrize("values", [[1, 2], [0, 0, 1], [0, 0, 0, 0, 1], [-1, -1, 0, 1, 1, 1]])
def test_few_seeds_and_ties_have_an_interval_within_their_range(values):
    found = median_interval(values)
    assert min(values) <= found.low <= found.value <= found.high <= max(values)


def test_the_same_generator_gives_the_same_interval_and_another_one_another():
    """Two thirds of 60 values as resamples' medians: many places where a limit can fall."""
    values = np.random.default_rng(5).normal(size=60)
    assert median_interval(values, 1) == median_interval(values, 1)
    assert median_interval(values, 1) != median_interval(values, 2)


def test_a_shift_of_all_values_shifts_the_interval():
    values = np.random.default_rng(3).normal(size=12)
    here, there = median_interval(values), median_interval(values + 10)
    assert (there.low, there.high) == pytest.approx((here.low + 10, here.high + 10))


def test_an_interval_of_a_mean_has_the_width_of_the_normal_one():
    """For 400 normal values the bootstrap's half-width is 1.96 sd / sqrt(400), to a few percent."""
    values = np.random.default_rng(8).normal(size=400)
    found = bootstrap((values,), np.mean, np.random.default_rng(1))
    assert found.half_width == pytest.approx(1.96 * values.std() / 20, rel=0.05)


def test_95_percent_intervals_of_12_seeds_hold_the_median_in_about_95_percent():
    """By simulation with 300 samples; a bootstrap of so few values may miss by some percent."""
    rng = np.random.default_rng(12)
    found = [bootstrap((rng.normal(size=12),), np.median, rng, n_resamples=999) for _ in range(300)]
    assert 0.90 <= np.mean([i.low <= 0 <= i.high for i in found]) <= 0.99


def test_two_samples_are_resampled_apart():
    """Were they paired, the difference of a sample to itself would be 0 in every resample."""
    sample = np.arange(12.0)

    def difference(a, b, axis=-1):
        return a.mean(axis=axis) - b.mean(axis=axis)

    found = bootstrap((sample, sample), difference, np.random.default_rng(0))
    assert found.value == 0
    # sd of a mean of 12 of these is 3.452 / sqrt(12) = 0.9965; of a difference sqrt(2) times that.
    assert found.half_width == pytest.approx(1.96 * math.sqrt(2) * 0.9965, rel=0.05)
