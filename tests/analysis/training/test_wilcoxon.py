from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from bench_service.analysis.training.wilcoxon import signed_rank_p


@pytest.mark.parametrize("n", [1, 2, 5, 10, 12, 20])
def test_the_smallest_p_value_of_n_pairs_is_two_to_the_one_minus_n(n):
    """12 seeds survive Holm over 100 activations (0.00049 < 0.0005), 5 never reach 5 %."""
    assert signed_rank_p(np.arange(1.0, n + 1)) == pytest.approx(2.0 ** (1 - n), rel=1e-12)


def test_by_hand_of_three_differences():
    """Ranks 1, 2, 3 with signs +, +, -: W+ = 3 as in 3 of 8 sign patterns, below it 2 more."""
    # Sums of subsets of {1, 2, 3}: 0 1 2 3 3 4 5 6; P(W+ <= 3) = 5/8, twice that is over 1.
    assert signed_rank_p(np.array([0.1, 0.2, -0.3])) == 1.0
    # +, +, + has W+ = 6: one of 8, twice.
    assert signed_rank_p(np.array([0.1, 0.2, 0.3])) == pytest.approx(0.25)


def test_zeros_are_ranked_and_then_left_out():
    """Pratt: 0, 0, 1, 2 rank 1.5, 1.5, 3, 4; of the signs of 3 and 4 one pattern of four is + +."""
    assert signed_rank_p(np.array([0.0, 0.0, 1.0, 2.0])) == pytest.approx(0.5)
    assert signed_rank_p(np.zeros(7)) == 1.0


def test_without_differences_there_is_no_p_value():
    assert math.isnan(signed_rank_p(np.array([])))


def test_differences_that_only_rounding_makes_unequal_share_their_rank():
    """0.3 - 0.2, 0.2 - 0.1 and 0.4 - 0.3 are not the same floats.

    Equal, they rank 2, 2, 2 and 4: 4 of 16 patterns have W+ >= 8. Unequal it would be 5 of 16.
    """
    differences = np.array([0.3 - 0.2, 0.2 - 0.1, -(0.4 - 0.3), 0.5])
    assert len(set(np.abs(differences))) == 4
    assert signed_rank_p(differences) == pytest.approx(0.5)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=25))
def test_it_is_scipys_exact_one_where_there_are_no_zeros_and_ties(differences):
    assume(len({round(abs(d), 6) for d in differences}) == len(differences))
    assume(min(map(abs, differences)) > 1e-3)
    expected = stats.wilcoxon(differences, method="exact").pvalue
    assert signed_rank_p(np.array(differences)) == pytest.approx(expected, rel=1e-9)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=8))
def test_with_zeros_and_ties_it_is_what_listing_all_signs_gives(differences):
    values = np.array(differences, dtype=float)
    ranks = stats.rankdata(np.abs(values))
    ranks, signs = ranks[values != 0], np.sign(values[values != 0])
    observed = ranks[signs > 0].sum()
    sums = np.array(
        [
            ranks[np.array(kept, dtype=bool)].sum()
            for kept in itertools.product((0, 1), repeat=len(ranks))
        ]
    )
    expected = min(1.0, 2 * min((sums <= observed).mean(), (sums >= observed).mean()))
    assert signed_rank_p(values) == pytest.approx(expected)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=20), st.floats(0.01, 100))
def test_neither_sign_nor_scale_nor_order_matters(differences, factor):
    assume(max(map(abs, differences)) == 0 or min(abs(d) for d in differences if d) > 1e-3)
    values = np.array(differences)
    assume(len(np.unique(np.round(np.abs(values), 6))) == len(np.unique(np.abs(values))))
    here = signed_rank_p(values)
    assert signed_rank_p(-values) == pytest.approx(here)
    assert signed_rank_p(values * factor) == pytest.approx(here)
    assert signed_rank_p(values[::-1]) == pytest.approx(here)


def test_p_values_are_uniform_where_there_is_no_difference():
    """1,000 times 20 pairs of noise; Kolmogorov-Smirnov against the uniform distribution."""
    rng = np.random.default_rng(20)
    p_values = [signed_rank_p(rng.normal(size=20)) for _ in range(1000)]
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


def test_p_values_are_not_uniform_where_there_is_one():
    rng = np.random.default_rng(20)
    p_values = [signed_rank_p(rng.normal(0.5, size=20)) for _ in range(300)]
    assert stats.kstest(p_values, "uniform").pvalue < 1e-6
