from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench_service.analysis.training.samples import (
    Sample,
    compare_paired,
    compare_unpaired,
    mann_whitney_p,
)

RNG = np.random.default_rng
SCORES = st.lists(st.integers(0, 20), min_size=2, max_size=8)


def paired(own, relu, better="higher"):
    return compare_paired(Sample(np.array(own), np.array(relu), better), RNG(0), 999)


def unpaired(own, relu, better="higher"):
    return compare_unpaired(Sample(np.array(own), np.array(relu), better), RNG(0), 999)


def test_pairs_by_hand():
    """Differences 0.1, 0.1, 0, -0.1, 0.2: median 0.1; three wins and a tie of five."""
    found = paired([0.9, 0.8, 0.7, 0.6, 0.9], [0.8, 0.7, 0.7, 0.7, 0.7])
    assert found.n_seeds == 5
    assert found.difference.value == pytest.approx(0.1)
    assert found.p_better.value == pytest.approx(3.5 / 5)


def test_a_lower_loss_is_a_win_and_its_difference_stays_negative():
    found = paired([0.1, 0.2, 0.3], [0.2, 0.3, 0.4], better="lower")
    assert found.difference.value == pytest.approx(-0.1)
    assert found.p_better.value == 1.0


def test_what_seeds_share_cancels_in_pairs_and_not_without():
    shared = np.array([0.0, 5.0, 10.0, 15.0, 20.0, 25.0])
    own, relu = shared + np.array([0.9, 1.0, 1.1, 0.95, 1.05, 1.0]), shared
    assert paired(own, relu).difference.low > 0.8
    assert paired(own, relu).p_value == pytest.approx(2**-5)
    assert unpaired(own, relu).difference.low < 0
    assert unpaired(own, relu).p_value > 0.5


def test_unpaired_by_hand():
    """Of the six pairs of {3, 5} and {1, 3, 6}: 3>1, 3=3, 5>1, 5>3, so 3.5 of 6."""
    found = unpaired([3.0, 5.0], [1.0, 3.0, 6.0])
    assert found.n_seeds == 2
    assert found.difference.value == pytest.approx(4.0 - 3.0)
    assert found.p_better.value == pytest.approx(3.5 / 6)


def test_mann_whitney_of_two_samples_that_do_not_overlap():
    """5 and 5: 2 of the 252 ways to choose which five are the upper ones."""
    assert mann_whitney_p(np.arange(5.0), np.arange(10.0, 15.0), RNG(0)) == pytest.approx(2 / 252)


def test_mann_whitney_with_ties_is_what_permutations_give():
    """{0, 0, 1, 1} and {1, 1, 2, 2}: U by listing all 70 ways to choose four of the eight."""
    import itertools

    own, relu = np.array([0.0, 0, 1, 1]), np.array([1.0, 1, 2, 2])
    ranks = stats.rankdata([*own, *relu])
    sums = np.array([ranks[list(kept)].sum() for kept in itertools.combinations(range(8), 4)])
    centre = ranks.sum() / 2
    expected = np.mean(np.abs(sums - centre) >= abs(ranks[:4].sum() - centre))
    assert mann_whitney_p(own, relu, RNG(0)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("compare", [paired, unpaired])
def test_one_seed_has_a_difference_and_nothing_else(compare):
    found = compare([0.9], [0.8])
    assert found.n_seeds == 1
    assert found.difference.value == pytest.approx(0.1)
    assert math.isnan(found.p_value)
    assert math.isnan(found.difference.low)
    assert math.isnan(found.p_better.low)


@pytest.mark.parametrize("compare", [paired, unpaired])
def test_no_seed_has_nothing(compare):
    found = compare([], [])
    assert found.n_seeds == 0
    assert math.isnan(found.difference.value)
    assert math.isnan(found.p_value)


@given(SCORES, st.sampled_from(["higher", "lower"]))
def test_the_two_sides_are_mirror_images(own, better):
    relu = [(7 * value) % 13 for value in own]
    here, there = paired(own, relu, better), paired(relu, own, better)
    assert here.p_value == there.p_value
    assert here.difference.value == -there.difference.value
    assert here.p_better.value == pytest.approx(1 - there.p_better.value)


def test_p_values_of_different_seeds_of_the_same_function_are_uniform():
    """A/A with other seeds: 500 times ReLU on 12 seeds against ReLU on 12 others."""
    rng = RNG(7)
    p_values = [mann_whitney_p(rng.normal(size=12), rng.normal(size=12), rng) for _ in range(500)]
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
