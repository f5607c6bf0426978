from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_frames import slice_row, slices_of, tuned

from bench_service.analysis.training.learning_rate import COLUMNS, choose_lr
from bench_service.errors import InputError


def chosen(values, **given_):
    (row,) = choose_lr(slices_of(tuned(values, **given_))).to_dict("records")
    return row


def test_the_rate_with_the_best_median_is_chosen_not_the_one_with_the_best_mean_or_seed():
    row = chosen({0.01: (0.80, 0.80, 0.80), 0.1: (0.70, 0.82, 0.83), 1.0: (0.79, 0.79, 0.99)})
    assert (row["lr"], row["score"], row["edge"]) == (0.1, 0.82, "inside")


def test_of_losses_the_smallest_median_wins():
    losses = {0.01: (0.3, 0.4, 0.5), 0.1: (0.2, 0.3, 9.0), 1.0: (0.6, 0.6, 0.0)}
    row = chosen(losses, metric="val_loss", better="lower")
    assert (row["lr"], row["score"]) == (0.1, 0.3)


def test_a_diverged_slice_is_worse_than_any_value():
    row = chosen({0.01: (0.1, 0.1, 0.1), 0.1: (None, 0.9, None), 1.0: (None, None, None)})
    assert (row["lr"], row["edge"], row["n_failed"]) == (0.01, "lowest", 0)


def test_a_rate_may_win_with_one_seed_of_three_diverged():
    row = chosen({0.01: (0.1, 0.1, 0.1), 0.1: (None, 0.9, 0.8), 1.0: (0.2, 0.2, 0.2)})
    assert (row["lr"], row["score"], row["n_failed"]) == (0.1, 0.8, 1)


def test_of_equals_the_smaller_rate_is_chosen_whatever_the_order_of_rows():
    rows = tuned({1.0: (0.9,) * 3, 0.1: (0.9,) * 3, 0.01: (0.5,) * 3})
    assert choose_lr(rows)["lr"].item() == choose_lr(rows[::-1])["lr"].item() == 0.1


def test_where_everything_fails_the_smallest_rate_stands_and_the_reason_is_given():
    row = chosen({0.01: (None, None, 0.5), 0.1: (None, None, None)})
    assert (row["lr"], row["edge"]) == (0.01, "lowest")
    assert math.isnan(row["score"])
    assert row["reason"] == "at every rate, half of the tuning seeds or more failed"


@pytest.mark.parametrize(
    ("best", "edge"), [(0.01, "lowest"), (0.1, "inside"), (1.0, "highest"), (None, "only")]
)
def test_it_says_where_in_the_grid_the_rate_lies(best, edge):
    rates = (0.01, 0.1, 1.0) if best else (0.1,)
    assert chosen({lr: (0.9 if lr == best else 0.5,) for lr in rates})["edge"] == edge


def test_a_seed_that_a_rate_lacks_counts_as_failed():
    """Half of the evidence can't win by leaving out the worse half."""
    row = chosen({0.01: (0.6, 0.7, 0.8), 0.1: (0.9,)})
    assert (row["lr"], row["n_seeds"]) == (0.01, 3)


@pytest.mark.parametrize("status", ["timeout", "error"])
def test_a_slice_that_was_not_finished_is_no_better_than_a_diverged_one(status):
    rows = tuned({0.01: (0.5,)}) + tuned({0.1: (0.9,)}, status=status)
    assert choose_lr(rows)["lr"].item() == 0.01


def test_only_tuning_slices_have_a_say_and_test_data_none():
    rows = tuned({0.01: (0.6,), 0.1: (0.5,)}, test_accuracy=0.0)
    rows.append(slice_row("relu", 0, lr=1.0, lr_role="eval", val_accuracy=1.0, test_accuracy=1.0))
    assert choose_lr(slices_of(rows))["lr"].item() == 0.01


def test_every_activation_parameter_initialisation_and_task_has_a_rate_of_its_own():
    cells = [
        {"activation": "relu"}, {"activation": "elu"}, {"activation": "elu", "params": {"a": 0.5}},
        {"activation": "elu", "init": "he"}, {"activation": "elu", "optimizer": "momentum"},
        {"activation": "elu", "workload": "other"}, {"activation": "elu", "backend": "cuda-eager"},
    ]  # fmt: skip
    rows = [
        row
        for ix, cell in enumerate(cells, 1)
        for row in tuned({0.1 * ix: (0.9,), 9.0: (0.1,)}, **cell)
    ]
    found = choose_lr(slices_of(rows))
    assert list(found["lr"]) == [0.1 * ix for ix in range(1, 8)]
    assert list(found.columns) == list(COLUMNS)
    assert found["params"].iloc[2] == {"a": 0.5}


def test_a_few_plain_rows_are_enough():
    rows = [
        {"activation": "relu", "lr": lr, "seed": 1000, "status": "ok", "metric": "val_loss",
         "better": "lower", "val_loss": loss}
        for lr, loss in ((0.1, 0.5), (0.3, 0.4), (1.0, None))
    ]  # fmt: skip
    assert choose_lr(rows)["lr"].item() == 0.3


@pytest.mark.parametrize(
    "slices", [[], slices_of([slice_row("relu", 0)]).iloc[:0], slices_of([slice_row("relu", 0)])]
)
def test_without_a_single_tuning_slice_there_is_nothing_to_choose(slices):
    with pytest.raises(InputError, match="no seed was trained"):
        choose_lr(slices)


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 20)), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    ),
    st.randoms(),
)
def test_no_other_rate_has_a_better_median_and_order_does_not_matter(values, random):
    grid = {10.0**ix: [None if v is None else v / 20 for v in v3] for ix, v3 in enumerate(values)}
    rows = tuned(grid)
    row = choose_lr(rows).iloc[0]
    medians = {lr: np.median([-1 if v is None else v for v in v3]) for lr, v3 in grid.items()}
    assert medians[row["lr"]] == max(medians.values())
    random.shuffle(rows)
    assert choose_lr(rows)["lr"].item() == row["lr"]
