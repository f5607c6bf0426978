from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from training_frames import N_STEPS, reaching, tuned

from bench_service.analysis.training.target import (
    COLUMNS,
    CURVE_COLUMNS,
    target_curves,
    times_to_target,
)


@pytest.mark.parametrize(
    ("given", "steps", "is_reached"),
    [(120, 120, True), (None, N_STEPS, False), ("diverged", N_STEPS, False),
     ("timeout", N_STEPS / 2, False)],
)  # fmt: skip
def test_when_a_slice_was_last_seen_without_the_target(given, steps, is_reached):
    """Diverged at a quarter of its budget: it is never going to reach it, so it has the whole."""
    row = times_to_target(reaching({"relu": [given]})).iloc[0]
    assert (row["steps"], row["is_reached"]) == (steps, is_reached)


def test_a_slice_that_diverged_after_the_target_has_not_reached_it():
    slices = reaching({"relu": ["diverged"]})
    slices["steps_to_target"] = pd.array([50], dtype="Int64")
    row = times_to_target(slices).iloc[0]
    assert (row["steps"], row["is_reached"]) == (N_STEPS, False)


def test_slices_that_went_wrong_tuning_and_workloads_without_a_target_have_no_time():
    slices = pd.concat([
        reaching({"relu": ["error"]}), reaching({"relu": [10]}, target=np.nan),
        reaching({"relu": [10]}, lr_role="tune"), reaching({"relu": [20]}),
    ])  # fmt: skip
    found = times_to_target(slices)
    assert list(found.columns) == list(COLUMNS)
    assert list(found["steps"]) == [20]
    assert len(tuned({0.1: (0.9,)})) == 1


def test_each_activation_has_a_curve():
    curves = target_curves(times_to_target(reaching({"relu": [100, 300], "elu": [200, None]})))
    assert list(curves.columns) == list(CURVE_COLUMNS)
    relu, elu = (curves[curves["entry"] == name] for name in ("relu", "elu"))
    assert list(relu["steps"]) == [0, 100, 300]
    assert list(relu["not_reached"]) == [1, 0.5, 0]
    assert list(elu["steps"]) == [0, 200, N_STEPS]
    assert list(elu["not_reached"]) == [1, 0.5, 0.5]
    assert curves["not_reached"].dtype == float


def test_without_a_target_there_are_no_curves():
    curves = target_curves(times_to_target(reaching({"relu": [10]}, target=np.nan)))
    assert curves.empty
    assert list(curves.columns) == list(CURVE_COLUMNS)
