from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench_service.analysis.training.interquartile import iqm, resample

NUMBERS = st.lists(st.floats(-100, 100), min_size=1, max_size=30)


def test_by_hand():
    """Of 1 to 8 a quarter goes at either end: the mean of 3, 4, 5 and 6."""
    assert iqm(np.arange(1.0, 9.0)) == 4.5
    assert iqm(np.array([1.0, 2.0, 3.0])) == 2.0  # a quarter of three, rounded down, is none
    assert iqm(np.array([-1000.0, 1, 2, 1000])) == 1.5


@given(NUMBERS)
def test_it_is_scipys_trimmed_mean_which_rliable_publishes_as_iqm(values):
    expected = stats.trim_mean(values, proportiontocut=0.25)
    assert float(iqm(np.array(values))) == pytest.approx(expected, abs=1e-9)


@given(NUMBERS, st.integers(0, 5))
def test_missing_values_are_as_if_they_were_not_there(values, n_missing):
    with_gaps = np.array([np.nan] * n_missing + values)
    assert float(iqm(with_gaps)) == pytest.approx(float(iqm(np.array(values))))


def test_nothing_but_missing_values_has_no_mean():
    assert math.isnan(iqm(np.array([np.nan, np.nan])))


def test_along_the_last_axis():
    assert np.allclose(iqm(np.array([[1.0, 2, 3, 4], [4, 4, 4, 8]])), [2.5, 4.0])


def test_seeds_are_drawn_within_their_workload_and_the_same_for_all_activations():
    """Seeds of the first workload are 0 to 2, of the second 10 to 13; entries differ by 100."""
    seeds = [np.arange(3.0), np.arange(10.0, 14.0)]
    strata = [np.stack((of_task, of_task + 100)) for of_task in seeds]
    drawn = resample(strata, 50, np.random.default_rng(0))
    assert drawn.shape == (2, 50, 7)
    assert np.array_equal(drawn[1], drawn[0] + 100)
    assert set(np.unique(drawn[0, :, :3])) == set(range(3))
    assert set(np.unique(drawn[0, :, 3:])) == set(range(10, 14))


def test_each_seed_is_drawn_equally_often():
    """Of 40,000 draws from 4 seeds 10,000 each, +-87 (one standard deviation)."""
    drawn = resample([np.arange(4.0)[None]], 10_000, np.random.default_rng(1))
    counts = np.bincount(drawn.astype(int).ravel())
    assert stats.chisquare(counts).pvalue > 0.001


def test_the_generator_decides_and_no_hidden_state_does():
    strata = [np.arange(10.0)[None]]
    draws = [resample(strata, 5, np.random.default_rng(seed)) for seed in (3, 3, 4)]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
