"""The instrument's own comparisons, over a machine whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fakes import Machine, raising

from bench_service.analysis.statistics import Estimate
from bench_service.errors import MeasurementError
from bench_service.result import Conditions
from bench_service.selftest.comparison import (
    compared,
    comparison_spec,
    detectable,
    measure_child,
    prepare,
)
from bench_service.selftest.diagnosis import Rate
from bench_service.suite import TimingSuite

TIMING = TimingSuite(child_ms=20, max_rounds=8)
SPEC = comparison_spec(
    Conditions("cpu-eager", "forward", "float32", 64), "relu", [("again", "relu")], seed=1
)


def measured(machine: Machine, n_children: int = 10):
    state = prepare(machine.ask, SPEC, TIMING)
    for _ in range(n_children):
        measure_child(machine.ask, state, TIMING)
    return state


def test_relu_is_equivalent_to_itself_on_a_quiet_machine():
    (found,) = compared(measured(Machine()))
    assert (found.log_ratio.value, found.p_value, found.verdict) == (0, 1, "equivalent")


def test_a_difference_that_was_put_in_is_found_exactly():
    (found,) = compared(measured(Machine(costs={"again": 1050})))
    assert math.exp(found.log_ratio.value) == pytest.approx(1.05)
    assert found.verdict == "slower"


def test_each_comparison_takes_children_of_its_own():
    state = measured(Machine(costs={"again": lambda spec: 1000 * (1 + (spec.process_ix >= 5))}))
    (early,), (late,) = compared(state, 0, 5), compared(state, 5, 10)
    assert early.log_ratio.value == 0
    assert math.exp(late.log_ratio.value) == pytest.approx(2)


def test_children_that_were_disturbed_throughout_count_for_nothing():
    state = measured(Machine())
    for view in state.views[:3]:
        view.is_clean["again"][:] = False
    (found,) = compared(state)
    assert found.log_ratio.degrees == 6
    for view in state.views:
        view.is_clean["again"][:] = False
    (nothing,) = compared(state)
    assert math.isnan(nothing.log_ratio.low)
    assert nothing.verdict == "inconclusive"


@pytest.mark.parametrize("task", ["probe", "measure"])
def test_a_self_test_that_fails_says_why(task):
    with pytest.raises(MeasurementError, match="self-test") as caught:
        measured(Machine(misdeeds={"again": raising(task, "no relu")}))
    assert caught.value.got == "no relu"


def test_the_smallest_difference_is_the_one_that_is_found_four_times_in_five():
    """At 2.8 standard errors, |z| > 1.96 in 80 % of repeats."""
    share = detectable(Estimate(0.0, -0.02, 0.02, 0.01, 19))
    assert share == pytest.approx(math.expm1(0.028))
    z = np.random.default_rng(1).standard_normal(100_000) + math.log1p(share) / 0.01
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.005)


def test_a_rate_has_wilsons_interval():
    """5 of 100: (0.0215, 0.1118), as in Wilson 1927."""
    rate = Rate.of([True] * 5 + [False] * 95)
    assert rate.value == 0.05
    assert (rate.low, rate.high) == pytest.approx((0.02154, 0.11175), abs=1e-5)
