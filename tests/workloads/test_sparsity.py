"""A price on hidden outputs, and what it does to them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from tiny_workloads import crossed, trained

from bench_service.activations import ACTIVATIONS
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS
from bench_service.workloads.sparsity import penalised

SPARSE, CONTROL = WORKLOADS.get("sparsity"), WORKLOADS.get("sparsity_control")


def first_and_last(outcome, metric):
    (curve,) = [c for c in outcome.neurons if (c.layer, c.metric) == ("network", metric)]
    return curve.values[0], curve.values[-1]


def test_a_thousandth_of_every_hidden_output_is_added_to_the_cross_entropy():
    """Even logits of two classes cost log 2; rows of |h| sum to 3 and 5, and to 1 and 2."""
    outputs = [torch.tensor([[1.0, -2.0], [0.0, 5.0]]), torch.tensor([[-1.0], [2.0]])]
    found = penalised(torch.zeros(2, 2), torch.tensor([0, 1]), outputs)
    assert found.item() == pytest.approx(math.log(2) + 1e-3 * (4 + 1.5), rel=1e-6)


def test_it_has_85002_parameters():
    found = build(SPARSE, ACTIVATIONS.get("relu"), torch.zeros(2, 64))
    # 64 x 256 + 256, 256 x 256 + 256, 256 x 10 + 10
    assert sum(p.numel() for p in found.model.parameters()) == 16640 + 65792 + 2570


def test_only_the_penalty_tells_the_two_apart():
    assert SPARSE.task.loss is CONTROL.task.loss
    assert SPARSE.task.accuracy is CONTROL.task.accuracy
    named = {"name": "", "description": "", "task": CONTROL.task}
    assert replace(SPARSE, **named, model=CONTROL.model, data=CONTROL.data) == replace(
        CONTROL, **named
    )


def test_half_of_the_outputs_are_zero_before_training_and_more_with_the_penalty_than_without():
    """Signs of weights are even, so a unit is as often above 0 as below, over all draws of them."""
    found = {}
    for workload in (SPARSE, CONTROL):
        few = replace(workload, n_steps=96, n_evaluations=2, n_checkpoints=2)
        outcomes = trained(few, crossed([3.16e-3], [0, 1]), has_neurons=True).values()
        found[workload.name] = [first_and_last(outcome, "sparsity") for outcome in outcomes]
        assert all(outcome.val_accuracy > 0.9 for outcome in outcomes)
    for sparse, control in zip(*found.values(), strict=True):
        assert sparse[0] == control[0] == pytest.approx(0.5, abs=0.08)
        assert sparse[1] > control[1] + 0.1
        assert sparse[1] > 0.6


@pytest.mark.parametrize("workload", [SPARSE, CONTROL], ids=lambda w: w.name)
def test_a_stack_trains_it_as_a_plain_loop_does(workload):
    assert_trains_as_a_plain_loop(workload, (1e-4, 1e-3))
