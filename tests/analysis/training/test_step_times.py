from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from bench_service.analysis.training.restricted_ratio import RatioDraws
from bench_service.analysis.training.step_times import (
    StepTime,
    in_seconds,
    step_time_of,
    step_times,
)

MEASURED = pd.DataFrame([
    {"workload": "w", "backend": "cpu-eager", "activation": "relu", "params": {},
     "step_time_ns": 1e6, "ratio": 1.0},
    {"workload": "w", "backend": "cpu-eager", "activation": "elu", "params": {"alpha": 0.5},
     "step_time_ns": 2e6, "ratio": 2.0, "ratio_low": 1.8, "ratio_high": 2.2},
])  # fmt: skip
EXACT = RatioDraws(0.5, np.full(40_000, 0.5))


def test_the_entry_of_the_workload_is_looked_up():
    assert step_time_of(MEASURED, "w", "cpu-eager", "elu(alpha=0.5)") == StepTime(
        2e6, 2.0, 1.8, 2.2
    )
    assert step_time_of(MEASURED, "w", "cpu-eager", "relu").step_time_ns == 1e6


@pytest.mark.parametrize(
    ("frame", "workload", "backend", "entry"),
    [
        (None, "w", "cpu-eager", "relu"),
        (MEASURED, "other", "cpu-eager", "relu"),
        (MEASURED, "w", "cuda-eager", "relu"),  # a step there takes another time
        (MEASURED, "w", "cpu-eager", "elu"),
    ],
)
def test_what_was_not_measured_is_not_known(frame, workload, backend, entry):
    assert math.isnan(step_time_of(frame, workload, backend, entry).step_time_ns)


def test_half_of_the_steps_at_twice_the_time_is_no_gain_in_seconds():
    """The steps are exact here: what is left is the interval of the step times alone."""
    found = in_seconds(EXACT, StepTime(2e6, 2.0, 1.8, 2.0 / 0.9), np.random.default_rng(0))
    assert found.value == 1.0
    assert (found.low, found.high) == pytest.approx((0.9, 1 / 0.9), rel=0.01)


def test_both_uncertainties_add_up_as_variances_of_logarithms():
    rng = np.random.default_rng(1)
    steps = RatioDraws(1.0, np.exp(0.03 * rng.standard_normal(40_000)))
    low, high = math.exp(-1.96 * 0.04), math.exp(1.96 * 0.04)
    found = in_seconds(steps, StepTime(1e6, 1.0, low, high), rng)
    assert math.log(found.high) == pytest.approx(1.96 * 0.05, rel=0.03)


def test_a_step_time_without_an_interval_leaves_none():
    found = in_seconds(EXACT, StepTime(2e6, 2.0), np.random.default_rng(0))
    assert found.value == 1.0
    assert math.isnan(found.low)
    assert math.isnan(in_seconds(EXACT, StepTime(), np.random.default_rng(0)).value)


def test_of_a_runs_timings_the_steps_that_are_valid_give_seconds():
    rows = [
        {"pass_name": "step", "input": "w", "activation": name, "params": {}, "time_ns": time_ns,
         "backend": "cpu-eager", "ratio": 1.0, "ratio_low": 0.9, "ratio_high": 1.1,
         "quality": quality}
        for name, time_ns, quality in (
            ("relu", 1e6, "stable"), ("elu", 2e6, "invalid"), ("tanh", math.nan, None)
        )
    ]  # fmt: skip
    rows.append(rows[0] | {"pass_name": "forward", "input": "normal"})
    found = step_times(pd.DataFrame(rows))
    assert list(found["activation"]) == ["relu"]
    assert step_time_of(found, "w", "cpu-eager", "relu") == StepTime(1e6, 1.0, 0.9, 1.1)
