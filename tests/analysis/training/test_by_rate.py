from __future__ import annotations

import math

import pytest
from training_frames import evaluated, slice_row, slices_of, tuned

from bench_service.analysis.training.by_rate import COLUMNS, scores_by_rate


def test_the_median_and_the_extremes_at_each_rate_of_tuning():
    found = scores_by_rate(slices_of(tuned({0.1: (0.5, 0.9, 0.7), 0.01: (0.6, 0.6, 0.8)})))
    assert list(found.columns) == list(COLUMNS)
    numbers = found[["lr", "score", "lowest", "highest", "n_seeds", "n_diverged"]]
    assert numbers.to_numpy().tolist() == [[0.01, 0.6, 0.6, 0.8, 3, 0], [0.1, 0.7, 0.5, 0.9, 3, 0]]
    assert found["low"].isna().all(), "three seeds have no interval"


def test_a_diverged_slice_counts_as_worst_and_half_of_them_leave_no_score():
    found = scores_by_rate(slices_of(tuned({0.1: (0.5, 0.9, None), 1.0: (0.9, None, None)})))
    assert found["score"].tolist() == pytest.approx([0.5, math.nan], nan_ok=True)
    assert found["n_diverged"].tolist() == [1, 2]
    assert found["highest"].tolist() == [0.9, 0.9]


def test_of_a_loss_the_worst_is_the_highest():
    rows = tuned({0.1: (0.5, 0.9, None)}, metric="val_loss", better="lower")
    assert scores_by_rate(slices_of(rows))["score"].tolist() == [0.9]


def test_twelve_seeds_of_a_sweep_have_an_interval():
    rows = [
        slice_row("relu", seed, lr=0.3, lr_role="sweep", val_accuracy=seed / 100)
        for seed in range(12)
    ]
    found = scores_by_rate(slices_of(rows)).iloc[0]
    assert (found["score"], found["low"], found["high"]) == pytest.approx((0.055, 0.02, 0.09))


def test_tuned_slices_and_those_that_went_wrong_are_left_out():
    assert scores_by_rate(evaluated({"relu": [0.9]})).empty
    rows = [slice_row("relu", 0, lr_role="tune", status="error", reason="it broke")]
    assert scores_by_rate(slices_of(rows)).empty
