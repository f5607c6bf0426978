from __future__ import annotations

import math

import pandas as pd
import pytest
from training_frames import evaluated, slice_row, slices_of, tuned

from bench_service.analysis.training.divergence import (
    COLUMNS,
    divergence_rates,
    wilson_interval,
)


def test_wilsons_interval_by_hand():
    """For 0 of n it is [0, z^2 / (n + z^2)]; its centre is (k + z^2 / 2) / (n + z^2), z = 1.96."""
    z2 = 1.959964**2
    assert wilson_interval(0, 12) == pytest.approx((0, z2 / (12 + z2)), abs=1e-6)
    low, high = wilson_interval(3, 12)
    assert (low + high) / 2 == pytest.approx((3 + z2 / 2) / (12 + z2), abs=1e-6)


def test_what_ended_by_itself_is_counted_and_the_rest_told_apart():
    rows = [
        slice_row("relu", seed, status=status)
        for seed, status in enumerate(["ok", "ok", "ok", "diverged", "timeout", "error"])
    ]
    row = divergence_rates(slices_of(rows)).iloc[0]
    assert (row["n_slices"], row["n_diverged"], row["diverged_rate"]) == (4, 1, 0.25)
    assert (row["n_timeout"], row["n_error"], row["reason"]) == (1, 1, "")


def test_rates_of_tuning_and_of_sweeps_are_apart_by_learning_rate_and_others_together():
    sweep = [slice_row("relu", 0, lr=lr, lr_role="sweep", status=status)
             for lr, status in ((0.1, "ok"), (1.0, "diverged"))]  # fmt: skip
    rows = [*tuned({0.1: (0.9, None), 1.0: (None, None)}), *sweep]
    evals = evaluated({"relu": [0.9, 0.8], "elu": [0.9, None]})
    found = divergence_rates(pd.concat([slices_of(rows), evals]))
    assert list(found.columns) == list(COLUMNS)
    assert list(found["lr_role"]) == ["tune", "tune", "sweep", "sweep", "eval", "eval"]
    assert list(found["at_lr"].fillna(0)) == [0.1, 1.0, 0.1, 1.0, 0, 0]
    assert list(found["diverged_rate"]) == [0.5, 1.0, 0.0, 1.0, 0.0, 0.5]


def test_where_nothing_ended_there_is_no_rate_and_not_0():
    row = divergence_rates(slices_of([slice_row("relu", 0, status="timeout")])).iloc[0]
    assert math.isnan(row["diverged_rate"])
    assert math.isnan(row["low"])
    assert row["reason"] == "none of its slices ended by itself"
