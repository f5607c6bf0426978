from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from training_frames import campaign, evaluated, slice_row, slices_of

from bench_service.analysis.training.aggregate import COLUMNS, aggregate
from bench_service.analysis.training.normalised import normalise
from bench_service.analysis.training.scores import scores


def aggregated(slices, seed=0, **given):
    found = aggregate(
        normalise(scores(slices)), np.random.default_rng(seed), n_resamples=2000, **given
    )
    return found.set_index("entry")


def two_workloads(gelu_b=(0.9, 0.9, 0.9, 0.9)):
    """Two workloads of four seeds with chance 0.1 and ReLU at 0.9; GELU's scores of the second."""
    rows = [
        slice_row(activation, seed, workload=workload, test_accuracy=score)
        for workload, activation, by_seed in (
            ("a", "relu", (0.9,) * 4), ("a", "gelu", (0.5, 0.7, 0.9, 0.98)),
            ("b", "relu", (0.9,) * 4), ("b", "gelu", gelu_b),
        )
        for seed, score in enumerate(by_seed)
        if score is not None
    ]  # fmt: skip
    return slices_of(rows)


def test_by_hand():
    """Normalised 0.5, 0.75, 1, 1.1 and four times 1: the middle four of eight are all 1."""
    row = aggregated(two_workloads()).loc["gelu"]
    assert row["iqm"] == pytest.approx(1.0)
    assert row["difference"] == pytest.approx(0.0)
    assert (row["n_tasks"], row["n_runs"], row["n_missing"], row["reason"]) == (2, 8, 0, "")
    # The second four at 0.5: sorted 0.5 five times, 0.75, 1, 1.1, the middle 0.5 0.5 0.5 0.75.
    row = aggregated(two_workloads((0.5,) * 4)).loc["gelu"]
    assert row["iqm"] == pytest.approx((3 * 0.5 + 0.75) / 4)
    assert row["low"] < row["iqm"] < row["high"]


def test_relu_is_compared_over_the_same_cells():
    """In b ReLU scores 0.5 0.5 0.9 0.9 (normalised 2/3 and 4/3), and GELU has the last two alone.

    Both are 1 1 1 1 4/3 4/3 there, the middle four 13/12; over all of its cells ReLU has 1.
    """
    slices = two_workloads((None, None, 0.9, 0.9))
    slices.loc[(slices["activation"] == "gelu") & (slices["workload"] == "a"), "test_accuracy"] = (
        0.9
    )
    is_low = (slices["activation"] == "relu") & (slices["workload"] == "b") & (slices["seed"] < 2)
    slices.loc[is_low, "test_accuracy"] = 0.5
    found = aggregated(slices)
    assert list(found["iqm"]) == pytest.approx([1.0, 13 / 12])
    assert found.loc["gelu", "difference"] == pytest.approx(0.0)
    assert (found.loc["gelu", "n_runs"], found.loc["gelu", "n_missing"]) == (6, 2)


def test_what_seeds_share_cancels_in_the_difference_and_not_in_the_score():
    found = aggregated(campaign(np.random.default_rng(0), {"relu": 0.0, "gelu": 0.1}, spread=0.01))
    row = found.loc["gelu"]
    assert row["difference_high"] - row["difference_low"] < 0.5 * (row["high"] - row["low"])
    assert row["difference_low"] > 0
    assert found.loc["relu", "difference"] == 0
    assert found.loc["relu", "difference_low"] == found.loc["relu", "difference_high"] == 0


def test_one_seed_of_a_task_leaves_no_interval():
    row = aggregated(evaluated({"relu": [0.9], "gelu": [0.8]})).loc["gelu"]
    assert row["iqm"] == pytest.approx(0.875)
    assert math.isnan(row["low"])
    assert math.isnan(row["difference_high"])
    assert row["reason"] == "a task has one seed: no interval"


def test_the_default_view_without_relu_has_scores_and_no_differences():
    tuned_relu = evaluated({"relu": [0.9] * 3})
    default = evaluated({"gelu": [0.5, 0.6, 0.7]}, lr_role="default")
    found = aggregated(pd.concat([tuned_relu, default], ignore_index=True), lr_role="default")
    assert list(found.index) == ["gelu"]
    assert found.loc["gelu", "iqm"] == pytest.approx(0.625)
    assert math.isnan(found.loc["gelu", "difference"])
    assert math.isnan(found.loc["gelu", "difference_low"])


def test_nothing_on_a_common_scale_leaves_an_empty_frame():
    found = aggregated(evaluated({"relu": [0.9], "gelu": [0.8]}, chance=np.nan))
    assert found.empty
    assert {"entry", *found.columns} == set(COLUMNS)


def test_order_of_rows_matters_to_nothing_and_the_generator_to_intervals_alone():
    slices = campaign(np.random.default_rng(0), {"relu": 0.0, "gelu": 0.1})
    shuffled = slices.sample(frac=1, random_state=1)
    here, there, other = aggregated(slices), aggregated(shuffled), aggregated(slices, seed=9)
    assert here.loc["gelu", "iqm"] == pytest.approx(there.loc["gelu", "iqm"])
    assert here.loc["gelu", "iqm"] == other.loc["gelu", "iqm"]
    assert here.loc["gelu", "low"] != other.loc["gelu", "low"]


def test_intervals_of_no_difference_hold_it_in_about_95_percent():
    """By simulation: 60 campaigns of 3 workloads by 12 seeds in which GELU equals ReLU."""
    rng = np.random.default_rng(3)
    held = []
    for _ in range(60):
        slices = campaign(rng, {"relu": 0.0, "gelu": 0.0}, n_workloads=3)
        found = aggregate(normalise(scores(slices)), rng, n_resamples=400).set_index("entry")
        row = found.loc["gelu"]
        held.append(row["difference_low"] <= 0 <= row["difference_high"])
    assert np.mean(held) >= 0.85
