from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import beside, frames_of
from scipy import stats

from bench_service.analysis.comparison import (
    COLUMNS,
    compare_runs,
    difference,
)
from bench_service.analysis.statistics import Estimate


def compared(base, head, label="gelu", **more) -> pd.Series:
    table = compare_runs(frames_of(base, **more), frames_of(head, **more))
    return table[table.activation == label].iloc[0]


IMPOSSIBLE = 300.0
"""ns for a call that moves as many bytes as the copy does in 900 ns: three times its speed."""


def noisy(center: float, seed: int, n: int = 20) -> np.ndarray:
    return center * np.exp(0.005 * np.random.default_rng(seed).standard_normal(n))


def plain(values: np.ndarray) -> Estimate:
    """A mean with its error, by SciPy."""
    interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    return Estimate(values.mean(), interval.low, interval.high, stats.sem(values), len(values) - 1)


def test_the_difference_of_two_plain_means_has_welchs_interval():
    random = np.random.default_rng(1)
    base, head = random.normal(0, 1, 9), random.normal(1, 3, 14)
    found = difference(plain(base), plain(head))
    reference = stats.ttest_ind(head, base, equal_var=False)
    assert found.value == pytest.approx(head.mean() - base.mean())
    interval = reference.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.degrees == pytest.approx(reference.df)


def test_errors_add_as_squares_and_degrees_by_what_each_side_brings():
    """3, 4 and 5; 625 / (81 / 4 + 256 / 9) is 12.84 degrees."""
    found = difference(Estimate(1.0, 0, 0, 3.0, 4), Estimate(8.0, 0, 0, 4.0, 9))
    assert (found.value, found.standard_error) == (7.0, 5.0)
    assert found.degrees == pytest.approx(22500 / 1753)
    assert found.half_width == pytest.approx(5 * stats.t.ppf(0.975, 22500 / 1753))


def test_without_noise_the_interval_is_a_point():
    found = difference(Estimate(1.0, 1.0, 1.0, 0.0, 4), Estimate(1.5, 1.5, 1.5, 0.0, 4))
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_children_of_few_parents_say_less_than_as_many_of_one_each():
    """Ratios and times of a parent's children are alike; five parents are five values, not 20."""
    random = np.random.default_rng(4)
    of_parent = np.repeat(np.exp(0.03 * random.standard_normal(5)), 4)
    alike = 1500 * of_parent * np.exp(0.001 * random.standard_normal(20))
    order = np.arange(20).reshape(5, 4).T.ravel()  # parents take turns
    parents = [{"parent": f"p{ix // 4}"} for ix in order]
    run = {**beside(20), "gelu": alike[order]}

    def widths(**more):
        found = compared(run, run, **more)
        return found.change_high / found.change_low, found.time_change_high / found.time_change_low

    for by_parent, by_child in zip(widths(process_facts=parents), widths(), strict=True):
        assert np.log(by_parent) > 1.5 * np.log(by_child)


def test_a_function_that_became_slower_is_found_on_a_machine_that_became_faster():
    base = {**beside(20), "gelu": noisy(1500, 1)}
    head = {label: 0.5 * times for label, times in {**beside(20), "gelu": noisy(1650, 2)}.items()}
    found = compared(base, head)
    assert tuple(compare_runs(frames_of(base), frames_of(head)).columns) == COLUMNS
    assert found.verdict == "slower"
    assert found.change == pytest.approx(1.1, rel=0.01)
    assert found.change_low < 1.1 < found.change_high
    assert found.time_change == pytest.approx(0.55, rel=0.01)


def relu_twice_as_slow(**machine):
    """What is said of ReLU when it takes 2 µs instead of 1, beside this copy and this floor."""
    base = {**beside(20), "relu": noisy(1000, 1)}
    head = {**beside(20, relu=2000.0, **machine), "relu": noisy(2000, 2)}
    return compared(base, head, "relu")


def test_relu_itself_is_judged_by_its_time():
    found = relu_twice_as_slow()
    assert (found.verdict, found.copy_change, found.floor_change) == ("slower", 1.0, 1.0)


@pytest.mark.parametrize(
    ("machine", "verdict"),
    [
        ({"copy": 1800.0}, "inconclusive"),
        ({"floor": 80.0}, "inconclusive"),
        ({"copy": 450.0}, "inconclusive"),  # either way: who knows which work it hits
        ({"copy": 1200.0, "floor": 60.0}, "slower"),
    ],
)
def test_what_the_machine_itself_may_have_done_to_relu_is_inconclusive(machine, verdict):
    assert relu_twice_as_slow(**machine).verdict == verdict


@pytest.mark.parametrize(
    ("machine", "verdict"),
    [
        ({"copy": 1800.0, "floor": 80.0}, "slower"),  # all alike: it cancels in ratios
        ({"copy": 1800.0, "floor": 40.0}, "inconclusive"),
        ({"copy": 920.0, "floor": 40.0}, "slower"),
    ],
)
def test_a_ratio_is_inconclusive_where_the_machine_slowed_its_kinds_of_work_unequally(
    machine, verdict
):
    """GELU takes 1.65 instead of 1.5 times as long as ReLU."""
    base = {**beside(20), "gelu": noisy(1500, 1)}
    head = {**beside(20, **machine), "gelu": noisy(1650, 2)}
    assert compared(base, head).verdict == verdict


def test_no_change_needs_no_excuse():
    base = {**beside(20), "gelu": noisy(1500, 1)}
    head = {**beside(20, copy=1800.0), "gelu": noisy(1500, 2)}
    assert compared(base, head).verdict in ("equivalent", "negligible")


def test_what_has_not_changed_is_equivalent():
    base = {**beside(20), "gelu": noisy(1500, 1)}
    assert compared(base, {**beside(20), "gelu": noisy(1500, 2)}).verdict in (
        "equivalent", "negligible",
    )  # fmt: skip


def test_runs_without_a_common_case_have_an_empty_comparison():
    base, head = ({**beside(), name: np.full(8, 1500.0)} for name in ("gelu", "silu"))
    table = compare_runs(frames_of(base), frames_of(head))
    assert table.empty
    assert tuple(table.columns) == COLUMNS


def test_a_case_with_one_process_is_not_compared():
    one = {**beside(1), "gelu": np.array([1500.0])}
    assert compare_runs(frames_of(one), frames_of(one)).empty


@pytest.mark.parametrize(
    ("base_ns", "head_ns", "where"), [(1500, 300, "head"), (300, 1500, "base")]
)
def test_what_is_invalid_in_one_run_has_no_verdict_and_says_in_which(base_ns, head_ns, where):
    found = compared(
        {**beside(20), "gelu": noisy(base_ns, 1)}, {**beside(20), "gelu": noisy(head_ns, 2)}
    )
    assert found.change == pytest.approx(head_ns / base_ns, rel=0.02)
    assert found.verdict is None
    assert found.quality == "invalid"
    assert found.quality_reason.startswith(f"{where}: impossible bandwidth: 3.0")
    assert np.isnan(found.q_value)


def test_what_is_invalid_in_both_runs_says_so_of_both():
    run = {**beside(20), "gelu": noisy(IMPOSSIBLE, 1)}
    found = compared(run, run)
    assert found.verdict is None
    assert found.quality_reason.count("impossible bandwidth") == 2


def test_what_is_invalid_makes_nobody_else_look_surer():
    """The q-value of a family of one is its p-value; an invalid row would halve it."""

    def family(*more):
        base = {**beside(20), "gelu": noisy(1500, 1), **{name: noisy(1500, 3) for name in more}}
        head = {
            **beside(20), "gelu": noisy(1505, 2), **{name: noisy(IMPOSSIBLE, 4) for name in more}
        }  # fmt: skip
        return compared(base, head)

    assert 0.001 < family().q_value < 0.9
    assert family("silu").q_value == family().q_value


def test_a_comparison_is_no_better_than_the_worse_run():
    precise, few = {**beside(20), "gelu": noisy(1500, 1)}, {**beside(3), "gelu": noisy(1500, 2, 3)}
    found = compared(precise, few)
    assert found.quality == "unstable"
    assert found.quality_reason == "head: only 3 processes; 6 are needed"
    assert found.verdict is not None


def test_a_case_that_failed_in_one_run_is_not_compared_though_some_children_had_measured_it():
    run = {**beside(20), "gelu": noisy(1500, 1), "silu": noisy(1500, 2)}
    base, head = frames_of(run), frames_of(run)
    base[0].loc[base[0].label == "gelu", "status"] = "failed"
    assert list(compare_runs(base, head).activation) == ["silu"]
    assert list(compare_runs(head, base).activation) == ["silu"]
