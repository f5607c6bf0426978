from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_frames import reaching

from bench_service.analysis.training.profiles import (
    factors_of_best,
    performance_profiles,
    profile_scores,
)
from bench_service.analysis.training.target import times_to_target


def factors(*tasks, **given):
    slices = [reaching(steps, workload=f"w{ix}") for ix, steps in enumerate(tasks)]
    return factors_of_best(times_to_target(pd.concat(slices)), **given)


def test_medians_over_seeds_are_divided_by_the_best_of_the_task():
    """Medians 200 and 300; a seed that never arrives is infinitely late, and so is half of two."""
    found = factors({"relu": [100, 200, 300], "elu": [300, 300, None], "tanh": [50, None, None]})
    assert found.iloc[0].to_dict() == {"elu": 1.5, "relu": 1.0, "tanh": math.inf}


def test_a_task_that_nobody_solves_is_missed_by_all_and_one_not_trained_is_missing():
    found = factors({"relu": [None], "elu": ["diverged"]}, {"relu": [100]})
    assert np.isinf(found.iloc[0]).all()
    assert found["relu"].iloc[1] == 1.0
    assert math.isnan(found["elu"].iloc[1])


def test_seconds_can_turn_the_order():
    step_times = pd.DataFrame({
        "workload": "w0", "backend": "cpu-eager", "activation": ["relu", "elu"],
        "params": [{}, {}], "step_time_ns": [1e6, 4e6],
    })  # fmt: skip
    steps = {"relu": [200], "elu": [100]}
    assert factors(steps).iloc[0].to_dict() == {"elu": 1.0, "relu": 2.0}
    assert factors(steps, step_times=step_times).iloc[0].to_dict() == {"elu": 2.0, "relu": 1.0}


FACTORS = pd.DataFrame({"a": [1.0, 1.0, 1.0], "b": [2.0, 3.0, np.inf], "c": [4.0, 9.0, np.nan]})


def test_profiles_step_up_at_each_factor():
    found = performance_profiles(FACTORS)
    b = found[found["entry"] == "b"]
    assert list(b["factor"]) == [1, 2, 3, 4]
    assert np.allclose(b["share"], [0, 1 / 3, 2 / 3, 2 / 3])
    c = found[found["entry"] == "c"]
    assert np.allclose(c["share"], [0, 1 / 3])  # at 4, and not below


def test_scores_are_areas_from_1_to_4():
    """b has a third from 2 to 3 and two thirds from 3 to 4: (1/3 + 2/3) / 3; c only a point."""
    found = profile_scores(FACTORS).set_index("entry")
    assert found["profile_score"].to_dict() == pytest.approx({"a": 1, "b": 1 / 3, "c": 0})
    assert list(found["n_missed"]) == [0, 1, 0]
    assert list(found["n_missing"]) == [0, 0, 1]


@given(st.lists(st.floats(1, 10), min_size=1, max_size=8))
def test_the_score_is_the_area_under_the_profile_that_is_shown(values):
    given_ = pd.DataFrame({"a": values})
    profile = performance_profiles(given_)
    widths = np.diff(profile["factor"])
    area = float(widths @ profile["share"].to_numpy()[:-1]) / 3
    assert profile_scores(given_)["profile_score"].item() == pytest.approx(area)
