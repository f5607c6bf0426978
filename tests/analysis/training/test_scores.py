from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from training_frames import evaluated, slice_row, slices_of, tuned

from bench_service.analysis.training.scores import COLUMNS, NO_CHANCE, scores, table, view_key
from bench_service.errors import InputError


def only(rows, **given):
    (found,) = scores(slices_of(rows), **given).to_dict("records")
    return found


def test_the_score_is_the_workloads_metric_on_test_data():
    row = only([slice_row("relu", 0, test_accuracy=0.9, val_accuracy=0.8, test_loss=0.3)])
    assert (row["metric"], row["score"], row["reason"]) == ("test_accuracy", 0.9, "")
    loss = {"metric": "val_loss", "better": "lower"}
    row = only([slice_row("relu", 0, test_accuracy=0.9, test_loss=0.3, **loss)])
    assert (row["metric"], row["score"]) == ("test_loss", 0.3)


def test_validation_data_can_be_asked_for():
    row = only([slice_row("relu", 0, test_accuracy=0.9, val_accuracy=0.8)], split="val")
    assert (row["metric"], row["score"]) == ("val_accuracy", 0.8)


def test_a_diverged_slice_scores_chance_and_never_what_argmax_of_nan_gives():
    row = only([slice_row("leaky_relu", 0, status="diverged", test_accuracy=0.078, chance=0.1)])
    assert (row["score"], row["is_diverged"]) == (0.1, True)


def test_a_diverged_slice_where_chance_is_not_known_has_no_score_and_says_so():
    row = only([slice_row("relu", 0, status="diverged", chance=np.nan)])
    assert math.isnan(row["score"])
    assert row["reason"] == NO_CHANCE


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"status": "timeout"}, "timeout"),
        ({"status": "error", "reason": "out of memory"}, "error: out of memory"),
        ({"status": "ok"}, "there is no test_accuracy"),
    ],
)
def test_a_slice_that_did_not_end_has_no_score_rather_than_that_of_chance(given, reason):
    row = only([slice_row("relu", 0, **given)])
    assert math.isnan(row["score"])
    assert row["reason"] == reason


def test_tuning_slices_are_no_scores_and_rates_of_a_sweep_stay_apart():
    rows = [
        *tuned({0.1: (0.9,)}),
        slice_row("relu", 0, lr=0.1),
        slice_row("relu", 0, lr=0.2, lr_role="default"),
        slice_row("relu", 0, lr=0.3, lr_role="sweep"),
        slice_row("relu", 0, lr=0.4, lr_role="sweep"),
    ]
    found = scores(slices_of(rows))
    assert list(found.columns) == list(COLUMNS)
    assert list(found["lr_role"]) == ["eval", "default", "sweep", "sweep"]
    assert list(found["sweep_lr"].fillna(-1)) == [-1, -1, 0.3, 0.4]


def test_two_slices_of_one_seed_are_refused_rather_than_averaged():
    rows = [slice_row("relu", 3, test_accuracy=0.9), slice_row("relu", 3, test_accuracy=0.8)]
    with pytest.raises(InputError, match="A seed counts once") as raised:
        scores(slices_of(rows))
    assert "relu, seed 3" in raised.value.got


def test_without_evaluation_there_is_nothing_to_score():
    with pytest.raises(InputError, match="no slices to compare"):
        scores(slices_of(tuned({0.1: (0.9,)})))


def test_a_table_has_a_column_for_an_entry_that_is_missing_everywhere():
    found = table(scores(evaluated({"relu": [0.9, 0.8], "elu": [None, None]}, chance=np.nan)))
    assert list(found.columns) == ["elu", "relu"]
    assert found["elu"].isna().all()


def test_views_without_a_sweeps_rate_are_equal_keys():
    assert view_key(("a", float("nan"))) == view_key(("a", np.float64("nan"))) == ("a", None)
    assert view_key(("a", 0.1)) == ("a", 0.1)
    assert isinstance(scores(evaluated({"relu": [0.9]})), pd.DataFrame)
