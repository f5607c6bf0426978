from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_service.analysis.training.equivalence import signed_rank_posterior


def posterior(differences, rope=0.01, seed=0, n_draws=50_000):
    return signed_rank_posterior(np.array(differences), rope, np.random.default_rng(seed), n_draws)


def test_one_workload_has_an_exact_answer():
    """With weight w at the prior's 0, all pairs but (0, 0) are above: 1 - w^2 against w^2.

    It wins where w < sqrt(1/2); w is Beta(1/2, 1), so P = (1/2)^(1/4) = 0.841.
    """
    worse, equivalent, better = posterior([1.0])
    assert worse == 0
    assert better == pytest.approx(0.5**0.25, abs=0.006)
    assert equivalent == pytest.approx(1 - 0.5**0.25, abs=0.006)


def test_one_workload_whose_mean_with_the_prior_stays_within_the_rope():
    """At 1.5 times the region only (1, 1) is above it: (1 - w)^2 > 1/2 or w < 1 - sqrt(1/2)."""
    _, _, better = posterior([0.015])
    assert better == pytest.approx(math.sqrt(1 - math.sqrt(0.5)), abs=0.006)


def test_many_workloads_far_on_one_side_leave_no_doubt():
    assert posterior([0.1] * 10)[2] > 0.999
    assert posterior([-0.1] * 10)[0] > 0.999


def test_differences_within_the_region_are_practically_equal():
    assert posterior([0.004, -0.003, 0.0, 0.002, -0.005, 0.001])[1] == 1.0


def test_a_mixture_is_open():
    worse, equivalent, better = posterior([0.1, -0.1, 0.1, -0.1])
    assert worse == pytest.approx(better, abs=0.02)
    assert max(worse, equivalent, better) < 0.9


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.floats(0.001, 0.1))
def test_they_are_probabilities_and_mirror_images(differences, rope):
    here = posterior(differences, rope, n_draws=2000)
    there = posterior([-d for d in differences], rope, n_draws=2000)
    assert sum(here) == pytest.approx(1.0)
    assert here == pytest.approx(there[::-1])


def test_the_generator_decides():
    mixed = [0.1, -0.1, 0.05, 0.02]
    assert posterior(mixed, seed=1) == posterior(mixed, seed=1) != posterior(mixed, seed=2)
