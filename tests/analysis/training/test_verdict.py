from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_service.analysis.training.resampling import Interval
from bench_service.analysis.training.verdict import MIN_SEEDS_FOR_VERDICT, decide
from bench_service.analysis.verdict import Verdict

NUMBERS = st.floats(-1, 1)


@pytest.mark.parametrize(
    ("gain", "p", "verdict"),
    [
        (Interval(0.05, 0.03, 0.07), 0.001, "better"),
        (Interval(-0.05, -0.07, -0.03), 0.001, "worse"),
        (Interval(0.05, 0.03, 0.07), 0.06, "inconclusive"),  # the family doesn't allow it
        (Interval(0.05, -0.01, 0.07), 0.001, "inconclusive"),  # the interval doesn't
        (Interval(0.008, 0.004, 0.012), 0.001, "inconclusive"),  # perhaps of interest, perhaps not
        (Interval(0.002, -0.004, 0.008), 0.9, "equivalent"),
        (Interval(0.005, 0.002, 0.008), 0.001, "equivalent"),  # different, by less than matters
        (Interval(0.0, 0.0, 0.0), 1.0, "equivalent"),
        (Interval(0.0, -0.05, 0.05), 1.0, "inconclusive"),
        (Interval(0.05, math.nan, math.nan), 0.001, "inconclusive"),
        (Interval(0.05, 0.03, 0.07), math.nan, "inconclusive"),
    ],
)
def test_each_word_where_it_belongs_with_one_percent_as_the_smallest_of_interest(gain, p, verdict):
    assert decide(gain, p, 12, rope=0.01) == verdict


def test_six_pairs_are_the_fewest_that_can_reject_at_five_percent():
    assert 2.0 ** (1 - MIN_SEEDS_FOR_VERDICT) < 0.05 < 2.0 ** (2 - MIN_SEEDS_FOR_VERDICT)
    for gain in (Interval(0.05, 0.03, 0.07), Interval(0.0, 0.0, 0.0)):
        assert decide(gain, 0.001, MIN_SEEDS_FOR_VERDICT - 1, rope=0.01) == "inconclusive"


def test_a_difference_within_the_noise_floor_is_inconclusive_and_never_equivalent():
    assert decide(Interval(0.05, 0.03, 0.07), 0.001, 12, rope=0.01, noise_floor=0.06) == (
        "inconclusive"
    )


def test_words_of_training_and_of_timing_differ_only_where_the_matter_does():
    words = {"better", "worse", "equivalent", "inconclusive"}
    assert words & {verdict.value for verdict in Verdict} == {"equivalent", "inconclusive"}


@given(NUMBERS, st.floats(0, 1), st.floats(0, 1), st.integers(0, 20), st.floats(0, 0.5))
def test_better_and_worse_are_mirror_images(value, half_width, p, n, floor):
    turned = {"better": "worse", "worse": "better"}
    here, there = (
        decide(Interval(v, v - half_width, v + half_width), p, n, rope=0.01, noise_floor=floor)
        for v in (value, -value)
    )
    assert there == turned.get(here, here)
