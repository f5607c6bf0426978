from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_frames import evaluated, slice_row, slices_of

from bench_service.analysis.training.normalised import (
    NO_CHANCE,
    NO_GAIN,
    NO_LOGARITHM,
    NO_RELU,
    normalise,
    smallest_of_interest,
    task_medians,
    utility,
)
from bench_service.analysis.training.scores import scores

LOSS = {"metric": "val_loss", "better": "lower"}


def normalised(slices):
    return normalise(scores(slices))


def values(slices):
    return list(normalised(slices)["normalised"])


def test_accuracies_lie_between_chance_at_0_and_the_median_of_relu_at_1():
    """Chance 0.1, ReLU's median 0.9: 0.5 is half of the way, 0.1 none, 0.98 beyond."""
    slices = evaluated({"relu": [0.9, 0.9, 0.9], "gelu": [0.5, 0.1, 0.98]})
    assert values(slices) == pytest.approx([1, 1, 1, 0.5, 0.0, 1.1])


def test_losses_are_compared_as_log_ratios():
    """From chance 1 to ReLU's 1/16 are four halvings; 1/4 is two of them, 1/64 six."""
    slices = evaluated({"relu": [1 / 16], "gelu": [1 / 4], "elu": [1 / 64]}, "test_loss",
                       chance=1.0, **LOSS)  # fmt: skip
    assert values(slices) == pytest.approx([1, 0.5, 1.5])


def test_worse_than_chance_is_below_0_and_diverged_is_0():
    slices = evaluated({"relu": [0.9, 0.9], "gelu": [0.02, None]})
    assert values(slices)[2:] == pytest.approx([-0.1, 0.0])


def test_the_default_rate_is_measured_by_tuned_relu_too():
    slices = pd.concat(
        [evaluated({"relu": [0.9]}), evaluated({"relu": [0.5]}, lr_role="default", lr=0.5)],
        ignore_index=True,
    )
    assert values(slices) == pytest.approx([1.0, 0.5])


@pytest.mark.parametrize(
    ("slices", "why"),
    [
        (evaluated({"relu": [0.9], "gelu": [0.9]}, chance=np.nan), NO_CHANCE),
        (evaluated({"gelu": [0.9]}), NO_RELU),
        (evaluated({"relu": [None, None], "gelu": [0.9, 0.9]}), NO_GAIN),
        (evaluated({"relu": [0.1, 0.9, 0.5], "gelu": [0.9] * 3}), NO_GAIN),
        (evaluated({"relu": [0.5], "gelu": [0.0]}, "test_loss", chance=1.0, **LOSS), NO_LOGARITHM),
    ],
)
def test_a_task_without_a_scale_is_left_out_and_says_why(slices, why):
    found = normalised(slices)
    assert set(found["left_out"]) == {why}
    assert found["normalised"].isna().all()


def test_each_task_has_its_own_scale_and_rows_keep_their_order():
    rows = [
        slice_row("relu", 0, workload="a", test_accuracy=0.6),
        slice_row("relu", 0, workload="b", test_accuracy=0.9),
        slice_row("gelu", 0, workload="a", test_accuracy=0.7),
        slice_row("gelu", 0, workload="b", test_accuracy=0.7),
    ]
    assert values(slices_of(rows)) == pytest.approx([1, 1, 1.2, 0.75])


def test_medians_have_one_row_a_workload_whatever_its_seeds_and_settings():
    """Two initialisations of one workload are no two workloads: their median stands for it."""
    gelu = {"gain": (0.5, 0.5, 0.9), "he": (0.8, 0.9, 0.7)}
    rows = [
        slice_row(activation, seed, init=init, test_accuracy=score)
        for init, of_gelu in gelu.items()
        for activation, by_seed in (("relu", (0.9,) * 3), ("gelu", of_gelu))
        for seed, score in enumerate(by_seed)
    ]
    medians = task_medians(normalised(slices_of(rows)))
    assert medians.shape == (1, 2)
    # Medians 0.5 and 0.8, normalised 0.5 and 0.875.
    assert medians.loc["digits", "gelu"] == pytest.approx((0.5 + 0.875) / 2)


def test_medians_miss_what_was_not_trained_and_leave_out_tasks_without_a_scale():
    rows = [
        slice_row("relu", 0, workload="a", test_accuracy=0.9),
        slice_row("gelu", 0, workload="a", test_accuracy=0.9),
        slice_row("relu", 0, workload="b", test_accuracy=0.9),
        slice_row("relu", 0, workload="c", test_accuracy=0.9, chance=np.nan),
    ]
    medians = task_medians(normalised(slices_of(rows)))
    assert list(medians.index) == ["a", "b"]
    assert math.isnan(medians.loc["b", "gelu"])


@pytest.mark.parametrize(
    ("relu", "chance", "better", "expected"),
    [
        (0.9, 0.1, "higher", 0.008),
        (0.9, math.nan, "higher", 0.009),
        (-3.0, math.nan, "higher", 0.03),
        (math.e**-2, 1.0, "lower", 0.02 * math.e**-2),
        (-1.0, 1.0, "lower", 0.02),
    ],
)
def test_the_smallest_difference_of_interest(relu, chance, better, expected):
    assert smallest_of_interest(relu, chance, better) == pytest.approx(expected)


@given(st.floats(0.01, 0.5), st.floats(1.0, 10.0))
def test_of_losses_it_is_what_changes_the_normalised_score_by_one_percent(relu, chance):
    step = smallest_of_interest(relu, chance, "lower")
    gain = math.log(chance / relu)
    changed = math.log(chance / (relu - step)) / gain
    assert changed - 1 == pytest.approx(0.01, rel=0.05)


def test_a_loss_that_is_not_positive_has_no_utility():
    found = utility(pd.Series([math.e, 0.0, -1.0]), "lower")
    assert found[0] == pytest.approx(-1.0)
    assert found[1:].isna().all()
