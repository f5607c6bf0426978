from __future__ import annotations

import math

import numpy as np
import pytest
from curve_frames import curve_row, frame_of

from bench_service.analysis.training.learning_curves import COLUMNS, learning_curves

NAN = math.nan


def test_the_median_over_seeds_with_its_interval_step_by_step():
    rows = [curve_row("relu", seed, [seed, 10 * seed]) for seed in range(9)]
    found = learning_curves(frame_of(rows))
    assert list(found.columns) == list(COLUMNS)
    assert found["steps"].tolist() == [10, 20]
    assert found[["low", "median", "high"]].to_numpy().tolist() == [[1, 4, 7], [10, 40, 70]]
    assert found["n_seeds"].tolist() == [9, 9]
    assert found["n_diverged"].tolist() == [0, 0]


def test_a_slice_that_diverged_counts_as_worst_so_that_nothing_improves_by_losing_it():
    rows = [curve_row("relu", seed, [1, value], status="ok") for seed, value in enumerate([1, 2])]
    rows.append(curve_row("relu", 2, [1, NAN], status="diverged"))
    found = learning_curves(frame_of(rows)).iloc[1]
    assert (found["median"], found["n_seeds"], found["n_diverged"]) == (2, 3, 1)


def test_of_an_accuracy_the_worst_is_the_lowest():
    rows = [curve_row("relu", s, [v], metric="accuracy") for s, v in enumerate([0.8, 0.9])]
    rows.append(curve_row("relu", 2, [NAN], metric="accuracy", status="diverged"))
    assert learning_curves(frame_of(rows))["median"].tolist() == [0.8]


def test_where_half_of_the_seeds_diverged_there_is_no_median():
    rows = [curve_row("relu", 0, [1, 1]), curve_row("relu", 1, [1, NAN], status="diverged")]
    found = learning_curves(frame_of(rows))
    assert found["median"].tolist() == pytest.approx([1, NAN], nan_ok=True)


def test_an_interval_that_reaches_among_diverged_slices_has_no_end_there():
    rows = [curve_row("relu", s, [s], status="ok") for s in range(10)]
    rows += [curve_row("relu", s, [NAN], status="diverged") for s in (10, 11, 12, 13)]
    found = learning_curves(frame_of(rows)).iloc[0]
    assert (found["median"], found["low"]) == (6.5, 2), "the third smallest of 14"
    assert math.isnan(found["high"])


def test_a_slice_whose_time_ran_out_leaves_without_being_worst():
    rows = [curve_row("relu", 0, [1, 1]), curve_row("relu", 1, [5], status="timeout")]
    found = learning_curves(frame_of(rows))
    assert found["median"].tolist() == [3, 1]
    assert found["n_seeds"].tolist() == [2, 1]


def test_an_activation_that_lost_all_its_slices_early_still_has_all_steps():
    rows = [curve_row("relu", 0, [1, 1, 1]), curve_row("elu", 0, [NAN], status="diverged")]
    found = learning_curves(frame_of(rows)).query("entry == 'elu'")
    assert found["steps"].tolist() == [10, 20, 30]
    assert found["n_diverged"].tolist() == [1, 1, 1]
    assert found["median"].isna().all()


def test_rates_and_activations_are_apart_and_no_curve_is_no_row():
    rows = [curve_row("relu", 0, [1], lr=lr, lr_role="sweep") for lr in (0.1, 1.0)]
    rows.append(curve_row("elu", 0, [1], params={"alpha": 0.5}))
    found = learning_curves(frame_of(rows))
    assert found[["entry", "lr"]].to_numpy().tolist() == [
        ["relu", 0.1], ["relu", 1.0], ["elu(alpha=0.5)", 0.01],
    ]  # fmt: skip
    assert learning_curves(frame_of(rows).iloc[:0]).empty


def test_a_metric_that_nobody_described_counts_as_a_loss():
    rows = [curve_row("relu", s, [v], metric="regret") for s, v in enumerate([1.0, 2.0])]
    rows.append(curve_row("relu", 2, [NAN], metric="regret", status="diverged"))
    assert np.isclose(learning_curves(frame_of(rows))["median"].item(), 2.0)
