"""Divergence and lack of time are results: a status, a reason, and no number that isn't one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from tiny_workloads import a_case, blobs, crossed, curve, tiny, tiny_conv, trained

from bench_service.training.outcomes import diverged_at
from bench_service.training.result import SliceStatus
from bench_service.workloads import Optimizer, Target, Task
from bench_service.workloads.losses import CLASSIFICATION, accuracy, cross_entropy
from bench_service.workloads.streams import Arrays, ArrayStream

HUGE = 1e30
SCORES = (
    "best_step", "val_loss", "val_accuracy", "test_loss", "test_accuracy", "steps_to_target",
    "grad_dead", "zero_dead", "off_pinned", "sparsity",
)  # fmt: skip


class Clock:
    """Goes on by a second whenever it is asked."""

    def __init__(self):
        self.seconds = 0

    def __call__(self):
        self.seconds += 1
        return self.seconds * 10**9


def assert_has_no_score(outcome):
    assert {name: getattr(outcome, name) for name in SCORES} == dict.fromkeys(SCORES)


@pytest.mark.parametrize("workload", [tiny(), tiny_conv()], ids=["mlp", "conv"])
def test_a_slice_whose_loss_isnt_finite_has_diverged_at_the_step_of_the_first_such_loss(workload):
    """The first loss is that of the weights as drawn; one step of 1e30 later there is none."""
    found = trained(workload, crossed([0.1, HUGE], [0, 1]), has_neurons=True)
    for seed in (0, 1):
        assert found[0.1, seed].status == SliceStatus.OK
        ruined = found[HUGE, seed]
        assert ruined.status == SliceStatus.DIVERGED
        assert ruined.reason == f"the loss wasn't finite from step {ruined.steps} on"
        assert 2 <= ruined.steps <= 4
        assert_has_no_score(ruined)


def test_a_stack_of_diverged_slices_alone_ends_at_the_next_evaluation():
    done = []
    workload = tiny(n_steps=1000, n_evaluations=100)
    found = trained(workload, crossed([HUGE], [0, 1]), on_step=done.append, has_neurons=True)
    assert {outcome.status for outcome in found.values()} == {"diverged"}
    assert done == list(range(1, 11))


def test_curves_of_a_diverged_slice_hold_no_number_from_then_on():
    """The accuracy of logits that are NaN would be the share of class 0: argmax has it so."""
    cases = crossed([0.1, HUGE], [0])
    ruined = trained(tiny(), cases, has_neurons=True)[HUGE, 0]
    for split, metric in (("train", "loss"), ("train", "accuracy"), ("val", "loss"),
                          ("val", "accuracy")):  # fmt: skip
        values = curve(ruined, split, metric)
        assert len(values) == 10
        assert not np.isfinite(values[ruined.steps - 1 :]).any(), (split, metric)
    of_network = [c for c in ruined.neurons if (c.layer, c.metric) == ("network", "grad_dead")]
    assert math.isfinite(of_network[0].values[0])
    assert np.isnan(of_network[0].values[1:]).all()


def test_a_mean_over_steps_of_which_one_diverged_is_no_number():
    found = trained(tiny(n_evaluations=2), crossed([0.1, HUGE], [0]))
    assert np.isnan(curve(found[HUGE, 0], "train", "accuracy")).all()
    assert np.isfinite(curve(found[0.1, 0], "train", "accuracy")).all()


def test_a_slice_that_has_diverged_once_stays_so_whatever_its_loss_is_later():
    """A loss that overflows in one batch of many 2s: its gradient is finite, and it trains on."""
    limit = 1.15

    def overflowing(prediction, y):
        is_over = y.float().mean() > limit
        return cross_entropy(prediction, y) + torch.where(is_over, torch.inf, 0.0)

    workload = tiny(task=Task(loss=overflowing, accuracy=accuracy))
    stream = workload.data((3, 0))
    over = torch.stack([stream.batch(step).y.float().mean(1) > limit for step in range(10)])
    assert over.sum(0).tolist() == [1, 0]
    first = int(over[:, 0].to(torch.uint8).argmax())
    assert 0 < first < 9
    found = trained(workload, crossed([0.1], [3, 0]))
    assert found[0.1, 0].status == "ok"
    assert found[0.1, 3].status == "diverged"
    assert found[0.1, 3].steps == first + 1
    assert np.isfinite(curve(found[0.1, 3], "train", "loss")[:first]).all()
    for split, metric in (("train", "loss"), ("train", "accuracy"), ("val", "accuracy")):
        values = curve(found[0.1, 3], split, metric)
        assert len(values) == 10
        assert np.isnan(values[first:]).all()


@pytest.mark.parametrize(
    ("losses", "val_loss", "step"),
    [
        ([1.0, math.nan, 2.0], 0.5, 2),
        ([math.inf, 1.0], 0.5, 1),
        ([1.0, -math.inf], None, 2),
        ([1.0, 2.0, 3.0], None, 3),
        ([1.0, 2.0, 3.0], 0.5, None),
        ([], 0.5, None),
    ],
)
def test_the_step_of_divergence_is_counted_from_1_and_is_the_last_one_where_validation_says_so(
    losses, val_loss, step
):
    assert diverged_at(np.array(losses), val_loss) == step


def test_weights_that_the_last_step_ruined_are_noticed_by_validation_data():
    """All training losses were finite: the one step was taken after the only one of them."""
    found = trained(tiny(n_steps=1, n_evaluations=1), crossed([0.1, math.inf], [0]))
    assert found[0.1, 0].status == "ok"
    assert found[math.inf, 0].status == "diverged"
    assert found[math.inf, 0].steps == 1
    assert_has_no_score(found[math.inf, 0])


def test_time_is_up_for_slices_that_still_train_and_diverged_ones_stay_diverged():
    found = trained(
        tiny(), crossed([0.1, HUGE], [0]), clock=Clock(), time_limit_s=5.5, has_neurons=True
    )
    late = found[0.1, 0]
    assert late.status == SliceStatus.TIMEOUT
    assert late.reason == f"time was up after {late.steps} steps"
    assert 0 < late.steps < 10
    assert len(curve(late, "val", "loss")) == late.steps
    assert_has_no_score(late)
    assert found[HUGE, 0].status == "diverged"


def test_time_that_is_up_before_the_first_step_is_said_too():
    found = trained(tiny(), crossed([0.1], [0]), clock=Clock(), time_limit_s=0.5)
    assert found[0.1, 0].status == "timeout"
    assert found[0.1, 0].steps == 0
    assert found[0.1, 0].curves == ()


def test_with_enough_time_no_slice_is_late():
    found = trained(tiny(), crossed([0.1], [0]), clock=Clock(), time_limit_s=1e6)
    assert found[0.1, 0].status == "ok"
    assert found[0.1, 0].steps == 10


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target(metric="val_loss", value=-1.0, version=1), None),
        (Target(metric="val_loss", value=1e9, version=1), 1),
        (Target(metric="val_accuracy", value=1.1, version=1), None),
        (Target(metric="val_accuracy", value=0.0, version=1), 1),
        (Target(metric="train_accuracy", value=0.0, version=1), 1),
    ],
)
def test_a_target_is_reached_at_the_first_evaluation_that_meets_it_or_not_at_all(target, expected):
    found = trained(tiny(target=target), crossed([0.1], [0]))
    assert found[0.1, 0].steps_to_target == expected


@pytest.mark.parametrize("metric", ["val_loss", "val_accuracy", "train_accuracy"])
def test_the_steps_to_a_target_are_those_that_its_curve_says(metric):
    workload = tiny(optimizer=Optimizer(name="adam"), n_steps=30, n_evaluations=30)
    plain = trained(workload, crossed([0.03], [0]))[0.03, 0]
    values = curve(plain, *metric.split("_"))
    value = values[14]
    sign = 1 if metric == "val_loss" else -1
    first = next(i for i, v in enumerate(values) if sign * v <= sign * value) + 1
    aimed = tiny(
        optimizer=Optimizer(name="adam"), n_steps=30, n_evaluations=30,
        target=Target(metric=metric, value=value, version=1),
    )  # fmt: skip
    assert trained(aimed, crossed([0.03], [0]))[0.03, 0].steps_to_target == first
    assert first <= 15


def test_test_data_are_read_once_at_the_end():
    read = []

    class Watched(ArrayStream):
        def held_out(self, split, step):
            read.append((split, step))
            return super().held_out(split, step)

    workload = tiny(data=lambda seeds: Watched(blobs(6), seeds, 20))
    trained(workload, crossed([0.1, HUGE], [0, 1]), has_neurons=True)
    assert [entry for entry in read if entry[0] == "test"] == [("test", 10)]
    assert [step for split, step in read if split == "val"] == list(range(1, 11))


def test_the_best_value_is_the_first_of_equals_and_of_the_metric_that_the_workload_names():
    """Two classes that no step at rate 0 can change: every evaluation has the same value."""
    for metric in ("val_loss", "val_accuracy"):
        found = trained(tiny(metric=metric), [a_case(0.0, 0)])[0.0, 0]
        assert found.best_step == 1
        assert len(set(curve(found, "val", "loss"))) == 1


def test_a_loss_that_is_nan_for_one_row_alone_is_a_divergence_and_no_crash():
    def fragile(prediction, y):
        return cross_entropy(prediction, y) + (0.0 * y.sum() / (y.sum() - y.sum()))

    task = Task(loss=fragile, accuracy=accuracy)
    found = trained(tiny(task=task), crossed([0.1], [0]), has_neurons=True)[0.1, 0]
    assert found.status == "diverged"
    assert found.steps == 1


def test_inputs_that_arent_finite_are_a_divergence_too():
    x = blobs(6).x.clone()
    x[:, 0] = torch.nan
    data = Arrays(x, blobs(6).y, 3)
    workload = tiny(data=lambda seeds: ArrayStream(data, seeds, 20), task=CLASSIFICATION)
    assert trained(workload, crossed([0.1], [0]), has_neurons=True)[0.1, 0].status == "diverged"
