from __future__ import annotations

import math

import numpy as np
import pytest
from training_frames import N_STEPS, reaching

from bench_service.analysis.training.divergence import wilson_interval
from bench_service.analysis.training.mean_steps import COLUMNS, mean_steps
from bench_service.analysis.training.target import times_to_target


def found(steps, seed=0):
    return mean_steps(times_to_target(reaching(steps)), np.random.default_rng(seed)).set_index(
        "entry"
    )


def test_the_mean_counts_the_budget_for_seeds_that_never_got_there():
    row = found({"relu": [100, 200, 300, None]}).loc["relu"]
    assert row["mean_steps"] == (100 + 200 + 300 + N_STEPS) / 4
    assert (row["n_seeds"], row["n_missed"], row["missed_rate"]) == (4, 1, 0.25)
    assert (row["missed_low"], row["missed_high"]) == wilson_interval(1, 4)
    assert row["mean_low"] < row["mean_steps"] < row["mean_high"]


def test_the_interval_is_that_of_a_bootstrapped_mean_where_nothing_is_cut_off():
    """Normal theory: 1.96 standard errors of the mean, of the sample's own variance."""
    steps = [int(value) for value in np.random.default_rng(1).normal(400, 60, 40)]
    row = found({"relu": steps}).loc["relu"]
    error = 1.96 * np.std(steps) / math.sqrt(40)
    assert row["mean_high"] - row["mean_steps"] == pytest.approx(error, rel=0.1)
    assert row["mean_steps"] - row["mean_low"] == pytest.approx(error, rel=0.1)


def test_one_seed_has_a_mean_and_no_interval():
    row = found({"relu": [100]}).loc["relu"]
    assert row["mean_steps"] == 100
    assert math.isnan(row["mean_low"])
    assert math.isnan(row["mean_high"])


def test_equal_generators_draw_equal_intervals_and_others_dont():
    steps = {"relu": [101, 253, 317, 429, 907, 111, 222, 58, 640, None]}
    one, same, other = (found(steps, seed).loc["relu", "mean_low"] for seed in (1, 1, 2))
    assert one == same != other


def test_without_a_target_there_is_no_row():
    times = times_to_target(reaching({"relu": [None]}, target=math.nan))
    assert list(mean_steps(times, np.random.default_rng(0)).columns) == list(COLUMNS)
    assert mean_steps(times, np.random.default_rng(0)).empty
