from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_frames import slice_row, slices_of, tuned

from bench_service.analysis.training.robustness import COLUMNS, lr_robustness

LOSS = {"metric": "val_loss", "better": "lower"}


def robustness(values, **given_):
    found = lr_robustness(slices_of(tuned(values, **given_)))
    assert list(found.columns) == list(COLUMNS)
    return found.iloc[0]


def test_by_hand():
    """Best 0.9 with chance 0.1: 2 % of 0.8 is 0.016, so that 0.885 is near and 0.88 isn't."""
    row = robustness({0.001: (0.5,), 0.01: (0.885,), 0.1: (0.9,), 1.0: (0.88,)})
    assert (row["best_lr"], row["low_lr"], row["high_lr"]) == (0.1, 0.01, 0.1)
    assert row["lr_width_decades"] == pytest.approx(1.0)
    assert (row["is_open"], row["n_rates"], row["reason"]) == (False, 4, "")


def test_of_losses_two_percent_are_in_logarithms():
    """Best e^-3 with chance 1: 2 % of 3 is 0.06, so that e^-2.95 is near and e^-2.93 isn't."""
    losses = {0.01: (math.exp(-2.93),), 0.1: (math.exp(-3),), 1.0: (math.exp(-2.95),), 10.0: (1,)}
    row = robustness(losses, chance=1.0, **LOSS)
    assert (row["low_lr"], row["best_lr"], row["high_lr"]) == (0.1, 0.1, 1.0)


def test_where_chance_is_not_known_it_is_two_percent_of_the_value():
    row = robustness({0.01: (0.9,), 0.1: (1.0,), 1.0: (0.985,), 9.0: (0.9,)}, chance=np.nan)
    assert (row["low_lr"], row["high_lr"]) == (0.1, 1.0)


def test_a_rate_at_which_a_seed_fails_ends_the_range():
    good = (0.9, 0.9, 0.9)
    row = robustness({0.01: good, 0.1: good, 1.0: (0.9, 0.9, None), 10.0: good})
    assert (row["low_lr"], row["high_lr"]) == (0.01, 0.1)
    assert row["n_rates_failed"] == 1


def test_the_range_is_unbroken_about_the_best():
    row = robustness({0.01: (0.89,), 0.1: (0.5,), 1.0: (0.9,), 10.0: (0.2,)})
    assert (row["low_lr"], row["high_lr"], row["lr_width_decades"]) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize("edge", [0.01, 10.0])
def test_a_range_that_ends_with_the_grid_is_open(edge):
    values = dict.fromkeys((0.01, 0.1, 1.0, 10.0), (0.1,)) | {edge: (0.9,)}
    assert robustness(values)["is_open"]


def test_where_every_rate_has_a_failed_seed_there_is_no_width():
    row = robustness({0.1: (None, 0.9), 1.0: (0.9, None)})
    assert math.isnan(row["lr_width_decades"])
    assert row["reason"] == "at every rate, a seed failed"


def test_a_loss_of_zero_has_no_logarithm_and_is_the_best_all_the_same():
    row = robustness({0.1: (0.0,), 1.0: (0.5,)}, chance=1.0, **LOSS)
    assert (row["best_lr"], row["lr_width_decades"]) == (0.1, 0.0)


def test_sweeps_are_robustness_too_and_evaluation_is_not():
    rows = [slice_row("relu", 0, lr=lr, lr_role="sweep", val_accuracy=0.9) for lr in (0.1, 1.0)]
    rows.append(slice_row("relu", 0, lr=9.0, val_accuracy=0.9))
    row = lr_robustness(slices_of(rows)).iloc[0]
    assert (row["lr_role"], row["lr_width_decades"]) == ("sweep", pytest.approx(1.0))


@given(st.lists(st.integers(11, 99), min_size=1, max_size=7), st.floats(0.01, 100))
def test_the_width_is_a_matter_of_ratios_of_rates(values, factor):
    grid = [(10.0**ix, (value / 100,)) for ix, value in enumerate(values)]
    here = robustness(dict(grid))
    there = robustness({lr * factor: value for lr, value in grid})
    assert here["lr_width_decades"] == pytest.approx(there["lr_width_decades"])
    assert here["best_lr"] * factor == pytest.approx(there["best_lr"])
    assert here["low_lr"] <= here["best_lr"] <= here["high_lr"]
