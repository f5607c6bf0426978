from __future__ import annotations

import math

import numpy as np
import pytest
from training_frames import evaluated, slice_row, slices_of

from bench_service.analysis.training.controls import COLUMNS, aa_controls, noise_floors
from bench_service.analysis.training.scores import scores


def controls(slices, **given):
    return aa_controls(scores(slices), np.random.default_rng(0), n_resamples=999, **given)


def test_the_same_seeds_give_bit_identical_scores_and_no_noise():
    row = controls(evaluated({"relu": [0.9, 0.8, 0.7], "relu_alias": [0.9, 0.8, 0.7]})).iloc[0]
    assert (row["is_identical"], row["holds"], row["p_value"]) == (True, True, 1.0)
    assert row["half_width"] == 0.0


def test_two_ways_to_compute_elu_show_how_far_rounding_carries():
    elu = [0.8] * 12
    celu = [0.8 + 0.01 * (-1) ** seed for seed in range(12)]
    row = controls(evaluated({"relu": elu, "elu": elu, "celu": celu})).iloc[0]
    assert (row["first"], row["second"], row["n_seeds"]) == ("elu", "celu", 12)
    assert (row["is_identical"], row["holds"]) == (False, True)
    assert row["half_width"] == pytest.approx(0.01)


def test_an_alias_that_always_scores_lower_is_not_the_same_function():
    elu = [0.8 + 0.001 * seed for seed in range(12)]
    row = controls(evaluated({"elu": elu, "celu": [v - 0.05 for v in elu]})).iloc[0]
    assert not row["holds"]
    assert "celu is the same function as elu, and its scores differ" in row["reason"]


def test_of_many_controls_one_small_p_value_is_no_failure():
    """p = 0.016 of seven seeds, times 4 workloads, is no longer below 5 %."""
    rows = []
    for workload in range(4):
        for seed in range(7):
            shift = 0.01 if workload == 0 else 0.01 * (-1) ** seed
            where = {"workload": f"w{workload}", "test_accuracy": 0.8 + 0.01 * seed}
            rows.append(slice_row("relu", seed, **where))
            where["test_accuracy"] += shift
            rows.append(slice_row("relu_alias", seed, **where))
    found = controls(slices_of(rows))
    assert found["p_value"].min() == pytest.approx(2**-6)
    assert found["p_holm"].min() == pytest.approx(4 * 2**-6)
    assert found["holds"].all()
    assert not controls(slices_of(rows[:14]))["holds"].any()


def test_one_seed_cannot_show_that_a_control_holds():
    row = controls(evaluated({"relu": [0.9], "relu_alias": [0.9]})).iloc[0]
    assert not row["holds"]
    assert row["reason"] == "too few seeds of both, 1, to tell whether they differ"


def test_without_a_pair_of_equal_functions_there_is_no_control():
    found = controls(evaluated({"relu": [0.9], "gelu": [0.9]}))
    assert found.empty
    assert list(found.columns) == list(COLUMNS)
    assert noise_floors(found) == {}


def test_the_floor_of_a_view_is_the_largest_half_width_of_its_controls():
    relu = [0.8] * 12
    wide, narrow = ([0.8 + e * (-1) ** seed for seed in range(12)] for e in (0.04, 0.01))
    slices = evaluated({"relu": relu, "relu_alias": wide, "elu": relu, "celu": narrow})
    assert list(noise_floors(controls(slices)).values()) == [pytest.approx(0.04)]


def test_other_pairs_may_be_named():
    found = controls(evaluated({"a": [0.9, 0.8], "b": [0.9, 0.8]}), pairs=[("a", "b")])
    assert list(found["is_identical"]) == [True]
    assert not math.isnan(found["p_value"].item())
