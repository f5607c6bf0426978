"""Clustered variances against sums by hand, the sandwich written out, and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench_service.analysis.clustering import (
    clustered_error,
    clustered_variance,
    moments,
    two_way_variance,
)
from bench_service.analysis.statistics import mean_over_processes

numbers = st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 6))
samples = st.integers(2, 6).flatmap(
    lambda n_parents: st.tuples(
        st.lists(numbers, min_size=n_parents, max_size=30), st.just(n_parents)
    )
)
"""Children's values in order of time, and how many parents they take in turn."""

SIMULATIONS = 4000


def in_turn(n_children: int, n_parents: int) -> list[str]:
    return [str(index % n_parents) for index in range(n_children)]


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, []),
        (1, [0]),
        (3, [0, 0, 0]),
        (4, [0, 0, 1, 1]),
        (9, [0, 0, 0, 1, 1, 2, 2, 3, 3]),
        (15, [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3),
    ],
)
def test_moments_are_up_to_five_consecutive_stretches_of_two_or_more(n, expected):
    assert moments(n) == expected


@given(st.integers(4, 200))
def test_moments_are_equal_to_within_one_child(n):
    sizes = np.bincount(moments(n))
    assert moments(n) == sorted(moments(n))
    assert sizes.max() - sizes.min() <= 1
    assert len(sizes) == min(5, n // 2)


# Around their mean 10: parents a and b in turn add +-2, four moments 3, 1, -1 and -3.
WORKED = np.array([15.0, 11, 13, 9, 11, 7, 9, 5])


def test_the_variances_of_a_worked_example():
    """Sums of deviations: parents 8, -8; moments 6, 2, -2, -6; squares alone 72.

    By parents 2/1 * 128/64 = 4, by moments 4/3 * 80/64 = 5/3, alone 8/7 * 72/64 = 9/7; both ways
    4 + 5/3 - 9/7 = 92/21.
    """
    parents, of_moment = in_turn(8, 2), [0, 0, 1, 1, 2, 2, 3, 3]
    assert clustered_variance(WORKED, parents) == pytest.approx(4)
    assert clustered_variance(WORKED, of_moment) == pytest.approx(5 / 3)
    assert clustered_variance(WORKED, range(8)) == pytest.approx(9 / 7)
    assert two_way_variance(WORKED, parents, of_moment) == pytest.approx(92 / 21)


def test_the_interval_of_the_worked_example():
    """Two parents leave one degree of freedom, of which t is tan(0.95 * pi / 2) = 12.706."""
    estimate = mean_over_processes(WORKED, in_turn(8, 2))
    assert estimate.value == 10
    assert estimate.degrees == 1
    assert estimate.standard_error == pytest.approx(math.sqrt(92 / 21))
    assert estimate.half_width == pytest.approx(math.tan(0.475 * math.pi) * math.sqrt(92 / 21))


def test_where_the_sum_falls_below_a_part_of_it_the_part_stands():
    """Deviations -2, 0, -1, 3, -3, 3: by parents 2 * 72/36 = 4, by moments 3/2 * 8/36 = 1/3.

    Alone they are 6/5 * 32/36 = 16/15, so that both ways would be 49/15 < 4.
    """
    values = np.array([2.0, 4, 3, 7, 1, 7])
    assert two_way_variance(values, in_turn(6, 2), moments(6)) == pytest.approx(4)


@given(samples)
def test_the_variance_is_the_sandwich_written_out(sample):
    """c * e' S e / n^2, where S has ones for every two children of one cluster."""
    values, n_parents = np.array(sample[0]), sample[1]
    labels = np.arange(len(values)) % n_parents
    e = values - values.mean()
    same = labels[:, None] == labels[None, :]
    expected = n_parents / (n_parents - 1) * (e @ same @ e) / len(e) ** 2
    assert clustered_variance(values, labels.tolist()) == pytest.approx(expected, abs=1e-9)


@given(st.lists(numbers, min_size=2, max_size=20))
def test_clusters_of_one_give_the_classic_standard_error(values):
    expected = stats.sem(values) ** 2
    assert clustered_variance(np.array(values), range(len(values))) == pytest.approx(
        expected, abs=1e-9
    )


@given(st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=2, max_size=8))
def test_clusters_of_equal_size_count_as_their_means(of_parents):
    values = np.array(of_parents).T.ravel()
    parents = in_turn(len(values), len(of_parents))
    means = np.array([np.mean(of_parent) for of_parent in of_parents])
    expected = stats.sem(means) ** 2
    assert clustered_variance(values, parents) == pytest.approx(expected, abs=1e-9)
    assert mean_over_processes(values, parents).value == pytest.approx(means.mean(), abs=1e-9)


@given(samples, numbers, st.floats(0.01, 100), st.randoms(use_true_random=False))
def test_neither_names_nor_order_of_activations_nor_units_matter(sample, shift, factor, random):
    """Shifted values shift the interval, scaled ones scale it, and parents' names are names."""
    values, parents = np.array(sample[0]), in_turn(len(sample[0]), sample[1])
    names = [str(ix) for ix in range(sample[1])]
    random.shuffle(names)
    renamed = [names[int(parent)] for parent in parents]
    before, after = (
        mean_over_processes(values, parents),
        mean_over_processes(factor * values + shift, renamed),
    )
    assert after.value == pytest.approx(factor * before.value + shift, abs=1e-6)
    assert after.half_width == pytest.approx(factor * before.half_width, abs=1e-6)
    assert after.degrees == before.degrees
    assert mean_over_processes(-values, parents).half_width == pytest.approx(before.half_width)


@given(samples)
def test_intervals_are_never_narrower_than_by_parents_or_by_moments_alone(sample):
    values, n_parents = np.array(sample[0]), sample[1]
    parents, of_moment = in_turn(len(values), n_parents), moments(len(values))
    half_width = mean_over_processes(values, parents).half_width
    for clusters in (parents, of_moment):
        n = len(set(clusters))
        if n >= 2:
            alone = math.sqrt(clustered_variance(values, clusters)) * stats.t.ppf(0.975, n - 1)
            rounding = 1e-12 * np.abs(values).max()  # equal values differ from their mean by it
            assert half_width >= alone * (1 - 1e-9) - rounding


@pytest.mark.parametrize(
    ("n_children", "n_parents", "degrees"),
    [(2, 2, 1), (3, 3, 2), (4, 4, 1), (6, 3, 2), (18, 6, 4), (18, 3, 2), (40, 20, 4)],
)
def test_degrees_of_freedom_are_one_less_than_the_fewer_clusters(n_children, n_parents, degrees):
    """Of two and three children there is one moment only: parents alone."""
    values = np.arange(n_children, dtype=float)
    assert clustered_error(values, in_turn(n_children, n_parents))[1] == degrees


def coverage(draw) -> float:
    """Share of intervals of 18 children of 6 parents that hold 0; standard error at most .004."""
    random = np.random.default_rng(4)
    parents = in_turn(18, 6)
    estimates = (mean_over_processes(draw(random), parents) for _ in range(SIMULATIONS))
    return float(np.mean([estimate.low <= 0 <= estimate.high for estimate in estimates]))


def test_intervals_hold_where_parents_differ_more_than_their_children():
    def draw(random):
        return np.tile(random.normal(0, 0.02, 6), 3) + random.normal(0, 0.005, 18)

    assert 0.94 <= coverage(draw) <= 0.975


def test_intervals_hold_where_the_machine_changes_its_state_during_a_run():
    """By parents alone they held in 60 % of these."""

    def draw(random):
        state = np.repeat(random.normal(0, 0.02, 6), 3)
        return state + random.normal(0, 0.005, 18)

    assert 0.9 <= coverage(draw) <= 0.99


def test_intervals_hold_where_both_differ():
    def draw(random):
        state = np.repeat(random.normal(0, 0.02, 6), 3)
        return state + np.tile(random.normal(0, 0.02, 6), 3) + random.normal(0, 0.005, 18)

    assert 0.935 <= coverage(draw) <= 0.985


def test_intervals_are_a_little_wide_where_nothing_differs():
    assert 0.97 <= coverage(lambda random: random.normal(0, 0.02, 18)) <= 0.995


def test_a_run_in_one_state_of_the_machine_cannot_know_another():
    """What lasts longer than a run moves its mean and none of its clusters: no interval holds."""
    held = coverage(lambda random: random.normal(0, 0.02) + random.normal(0, 0.005, 18))
    assert held < 0.5
