from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_service.analysis.training.median_interval import median_interval


@pytest.mark.parametrize(("n", "rank"), [(6, 1), (8, 1), (9, 2), (12, 3), (20, 6), (50, 18)])
def test_the_interval_reaches_from_the_kth_smallest_to_the_kth_largest(n, rank):
    """Ranks as tables of the sign test's confidence limits have them (Dixon and Massey, A-25)."""
    found = median_interval(np.arange(1.0, n + 1))
    assert (found.low, found.high) == (rank, n + 1 - rank)
    assert found.value == (n + 1) / 2


def test_fewer_than_six_values_have_a_median_and_no_interval():
    found = median_interval(np.array([3.0, 1.0, 2.0]))
    assert found.value == 2.0
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_nothing_has_no_median():
    assert math.isnan(median_interval(np.array([math.nan])).value)


def test_what_is_missing_is_left_out_and_what_is_infinite_is_beyond_all_others():
    found = median_interval(np.array([math.nan, *range(1, 9), math.inf, math.inf, math.inf]))
    assert (found.value, found.low, found.high) == (6.0, 2.0, math.inf)
    assert median_interval(np.array([1.0, 2.0, math.inf, math.inf])).value == math.inf


def test_the_interval_holds_the_median_as_often_as_it_says():
    """Of a skewed distribution: 96.1 % for 12 values, by the binomial distribution."""
    rng = np.random.default_rng(5)
    drawn = rng.exponential(size=(4000, 12))
    found = [median_interval(row) for row in drawn]
    share = np.mean([one.low <= math.log(2) <= one.high for one in found])
    assert share == pytest.approx(0.961, abs=0.012)


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=40))
def test_order_doesnt_matter_and_a_scale_carries_over(values):
    found = median_interval(np.array(values))
    other = median_interval(2 * np.array(values[::-1]))
    assert (other.value, other.low, other.high) == (2 * found.value, 2 * found.low, 2 * found.high)
    assert found.low <= found.value <= found.high
    assert found.value == np.median(values)
