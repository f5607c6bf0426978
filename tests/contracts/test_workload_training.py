"""What training every registered workload keeps to: a plain loop's numbers, and the seed's."""

from __future__ import annotations

import math

import pytest
import torch
from any_workload import SEEDS, available, short, workloads
from plain_loop import plain_run
from tiny_workloads import crossed, curve, trained

CLOSE = {"rel": 2e-4, "abs": 1e-6}
"""Float32: sums are taken in another order."""


def short_training(workload, activation, rates):
    cases = crossed(rates, SEEDS, workload=workload.name, init=workload.inits[0])
    return trained(workload, cases, activation, has_neurons=True)


@workloads
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_a_stack_trains_as_a_plain_loop_does(name, activation):
    """Two steps at two rates from two seeds: losses of training, validation and test."""
    workload = short(available(name))
    rates = sorted({workload.lrs[0], workload.default_lr})
    for (lr, seed), outcome in short_training(workload, activation, rates).items():
        assert outcome.status == "ok", outcome.reason
        expected = plain_run(workload, activation, lr, seed)
        if workload.n_steps:
            assert curve(outcome, "train", "loss") == pytest.approx(expected.train_loss, **CLOSE)
            assert curve(outcome, "val", "loss") == pytest.approx(expected.val_loss, **CLOSE)
        assert outcome.test_loss == pytest.approx(expected.test_loss, **CLOSE)


@workloads
def test_slices_that_are_trained_twice_come_out_the_same(name):
    workload = short(available(name))
    torch.manual_seed(1)
    first = short_training(workload, "relu", [workload.default_lr])
    torch.manual_seed(2)
    second = short_training(workload, "relu", [workload.default_lr])
    for key, outcome in first.items():
        again = second[key]
        assert math.isfinite(outcome.test_loss)
        assert (again.val_loss, again.test_loss) == (outcome.val_loss, outcome.test_loss)
        for one, other in zip(outcome.curves, again.curves, strict=True):
            assert one.values.tolist() == other.values.tolist()


@workloads
def test_slices_of_another_seed_come_out_another_way(name):
    """By their training losses; networks that are never trained by their shares of constants."""
    workload = short(available(name))
    first, second = short_training(workload, "relu", [workload.default_lr]).values()
    if workload.n_steps:
        assert curve(first, "train", "loss") != curve(second, "train", "loss")
    else:
        assert first.facts != second.facts


@workloads
def test_neurons_are_looked_at_before_the_first_step_and_after_the_last(name):
    workload = short(available(name))
    for outcome in short_training(workload, "relu", [workload.default_lr]).values():
        if not workload.n_checkpoints:
            assert outcome.neurons == ()
            continue
        (dead,) = [c for c in outcome.neurons if (c.layer, c.metric) == ("network", "grad_dead")]
        assert dead.steps.tolist() == [0, workload.n_steps]
        assert ((dead.values >= 0) & (dead.values <= 1)).all()
        assert outcome.grad_dead == dead.values[-1]
