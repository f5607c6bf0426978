from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_service.analysis.statistics import Estimate, mean_over_processes, p_different
from bench_service.analysis.verdict import SMALLEST_OF_INTEREST, Verdict, decide


def estimate(value: float, half_width: float, degrees: int = 19) -> Estimate:
    """An estimate with that interval; the t quantile of 19 degrees at 97.5 % is 2.093."""
    return Estimate(value, value - half_width, value + half_width, half_width / 2.093, degrees)


@pytest.mark.parametrize(
    ("value", "half_width", "verdict"),
    [
        (0.05, 0.02, "slower"),
        (-0.05, 0.02, "faster"),
        (0.05, 0.06, "inconclusive"),
        (0.001, 0.002, "equivalent"),
        (0.004, 0.002, "negligible"),
        (-0.004, 0.002, "negligible"),
        (0.009, 0.008, "inconclusive"),  # surely different, and perhaps of interest
        (0.0, 0.02, "inconclusive"),
        (0.0, 0.0, "equivalent"),
        (0.005, 0.0, "negligible"),
        (0.5, 0.0, "slower"),
    ],
)
def test_each_verdict_where_it_belongs(value, half_width, verdict):
    given_ = estimate(value, half_width)
    assert decide(given_, p_different(given_)) == verdict


def test_a_difference_that_the_family_does_not_allow_is_inconclusive():
    assert decide(estimate(0.05, 0.04), 0.06) is Verdict.INCONCLUSIVE


def test_a_difference_within_the_noise_of_the_rounds_is_inconclusive_and_never_equivalent():
    """Noise may hide a difference; it can't prove that there is none."""
    assert decide(estimate(0.05, 0.02), 0.001, margin=0.08) is Verdict.INCONCLUSIVE
    assert decide(estimate(0.0, 0.05), 0.9, margin=0.5) is Verdict.INCONCLUSIVE


def test_one_process_says_nothing():
    assert decide(mean_over_processes(np.array([3.0])), math.nan) is Verdict.INCONCLUSIVE


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_faster_and_slower_are_mirror_images(value, half_width, q, more):
    turned = {"faster": "slower", "slower": "faster"}
    margin = SMALLEST_OF_INTEREST + more
    here = decide(estimate(value, half_width), q, margin)
    there = decide(estimate(-value, half_width), q, margin)
    assert there == turned.get(here, here)


@given(st.floats(-1, 1), st.floats(0.0001, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_a_larger_noise_floor_never_makes_anything_surer(value, half_width, q, more):
    certain = {"faster", "slower"}
    loose = decide(estimate(value, half_width), q, SMALLEST_OF_INTEREST + more)
    strict = decide(estimate(value, half_width), q)
    assert loose == strict or (strict in certain and loose not in certain)
