from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from training_frames import N_STEPS, reaching

from bench_service.analysis.training.target import times_to_target
from bench_service.analysis.training.time_to_target import (
    COLUMNS,
    NOTHING_REACHED,
    time_to_target,
)

RELU = [200, 400, 600, 800]


def timed(steps, seed=0, step_times=None, **given):
    found = time_to_target(
        times_to_target(reaching(steps, **given)), np.random.default_rng(seed),
        step_times=step_times, n_resamples=999,
    )  # fmt: skip
    assert list(found.columns) == list(COLUMNS)
    return found.set_index("entry")


def test_by_hand():
    """ReLU's mean is 500, half of it 250; in four pairs of four the other comes first."""
    found = timed({"relu": RELU, "gelu": [step // 2 for step in RELU]})
    relu, gelu = found.loc["relu"], found.loc["gelu"]
    assert (relu["mean_steps"], relu["median_steps"], relu["n_reached"]) == (500, 400, 4)
    assert (gelu["mean_steps"], gelu["steps_ratio"]) == (250, 0.5)
    assert (gelu["steps_ratio_low"], gelu["steps_ratio_high"]) == pytest.approx((0.5, 0.5))
    assert gelu["p_value"] == gelu["p_holm"] == pytest.approx(stats.chi2.sf(4, 1))
    assert math.isnan(relu["steps_ratio"])
    assert relu["reason"] == gelu["reason"] == ""


def test_seeds_that_never_reach_it_count_with_the_budget_and_are_counted():
    row = timed({"relu": RELU, "tanh": [200, None, "diverged", None]}).loc["tanh"]
    assert (row["n_reached"], row["n_seeds"], row["budget"]) == (1, 4, N_STEPS)
    assert row["mean_steps"] == (200 + 3 * N_STEPS) / 4
    assert math.isnan(row["median_steps"])


def test_an_activation_that_never_reaches_it_is_slower_and_its_mean_is_the_budget():
    row = timed({"relu": RELU, "sigmoid": [None] * 4}).loc["sigmoid"]
    assert (row["mean_steps"], row["steps_ratio"]) == (N_STEPS, 2.0)
    assert row["reason"] == ""


def test_where_neither_reaches_it_the_ratio_says_nothing():
    found = timed({"relu": [None] * 4, "sigmoid": ["diverged"] * 4})
    assert found.loc["relu", "reason"] == found.loc["sigmoid", "reason"] == NOTHING_REACHED
    assert math.isnan(found.loc["sigmoid", "steps_ratio"])


def test_one_seed_has_no_interval_and_says_so():
    row = timed({"relu": [200], "gelu": [100]}).loc["gelu"]
    assert (row["steps_ratio"], row["reason"]) == (0.5, "one seed: no interval")
    assert row[["steps_ratio_low", "steps_ratio_high", "p_value"]].isna().all()


def test_without_relu_there_is_a_time_and_no_ratio():
    row = timed({"gelu": [100, 200]}).loc["gelu"]
    assert row["mean_steps"] == 150
    assert row["reason"] == "ReLU has no seed here to compare with"


def test_activations_that_change_the_width_are_not_paired():
    """Half of ReLU's time on every seed: a sure ratio in pairs, an open one without."""
    halves = [step // 2 for step in RELU]
    found = timed({"relu": RELU, "gelu": halves, "swiglu": halves})
    assert found.loc["gelu", "steps_ratio_high"] == pytest.approx(0.5)
    assert found.loc["swiglu", "steps_ratio_high"] > 0.6
    assert found.loc["swiglu", "p_value"] > found.loc["gelu", "p_value"]


def test_pairs_are_by_seed_and_not_by_place():
    slices = reaching({"relu": RELU, "gelu": [step // 2 for step in RELU]})
    times = times_to_target(slices).sample(frac=1, random_state=3)
    found = time_to_target(times, np.random.default_rng(0), n_resamples=99).set_index("entry")
    assert found.loc["gelu", "steps_ratio_high"] == pytest.approx(0.5)


def test_faster_in_steps_and_slower_in_seconds_are_two_columns():
    step_times = pd.DataFrame([
        {"workload": "digits", "backend": "cpu-eager", "activation": name, "params": {},
         "step_time_ns": ns, "ratio": ns / 1e6, "ratio_low": 0.98 * ns / 1e6,
         "ratio_high": 1.02 * ns / 1e6}
        for name, ns in (("relu", 1e6), ("gelu", 3e6))
    ])  # fmt: skip
    found = timed({"relu": RELU, "gelu": [step // 2 for step in RELU]}, step_times=step_times)
    gelu = found.loc["gelu"]
    assert gelu["seconds_to_target"] == pytest.approx(250 * 3e-3)
    assert found.loc["relu", "seconds_to_target"] == pytest.approx(500 * 1e-3)
    assert gelu["steps_ratio_high"] < 1 < gelu["seconds_ratio_low"]
    assert gelu["seconds_ratio"] == pytest.approx(1.5)


def test_the_generator_decides_on_intervals_and_on_nothing_else():
    steps = {"relu": RELU, "gelu": [150, 380, 700, 410]}
    here, again, other = (timed(steps, seed).loc["gelu"] for seed in (1, 1, 2))
    assert here["steps_ratio_low"] == again["steps_ratio_low"]
    columns = ["steps_ratio_low", "steps_ratio_high"]
    assert list(here[columns]) != list(other[columns])
    assert here["steps_ratio"] == other["steps_ratio"]


def test_without_a_target_there_is_an_empty_frame_with_its_columns():
    assert timed({"relu": RELU}, target=np.nan).empty
