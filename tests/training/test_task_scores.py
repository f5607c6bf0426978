"""What a task says of held-out data beside its loss, and workloads that take no step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_workloads import crossed, curve, tiny, trained
from torch.nn import functional as F  # noqa: N812

from bench_service.activations import ACTIVATIONS
from bench_service.training.initialisation import start_weights
from bench_service.training.skeleton import build
from bench_service.workloads import Task
from bench_service.workloads.losses import accuracy, cross_entropy


def in_bits(prediction, y):
    return cross_entropy(prediction, y) / np.log(2)


MORE = Task(loss=cross_entropy, accuracy=accuracy, further={"bits": in_bits})


def test_a_further_score_is_a_curve_of_validation_data_and_a_fact_at_the_best_step():
    outcome = trained(tiny(task=MORE, n_steps=30), crossed([1.0], [0]))[1.0, 0]
    nats = np.array(curve(outcome, "val", "loss"))
    assert curve(outcome, "val", "bits") == pytest.approx(nats / np.log(2), rel=1e-6)
    assert outcome.facts["bits"] == pytest.approx(nats.min() / np.log(2), rel=1e-6)
    assert outcome.val_loss == nats.min()


def test_a_further_score_of_a_slice_that_diverged_is_not_a_number_and_no_fact():
    found = trained(tiny(task=MORE), crossed([0.1, 1e30], [0]))
    assert found[1e30, 0].status == "diverged"
    assert np.isnan(curve(found[1e30, 0], "val", "bits")[-1])
    assert "bits" not in found[1e30, 0].facts
    assert np.isfinite(found[0.1, 0].facts["bits"])


def test_a_workload_without_steps_says_how_networks_begin():
    workload = tiny(task=MORE, n_steps=0, n_checkpoints=1)
    outcome = trained(workload, crossed([0.1], [5]), has_neurons=True)[0.1, 5]
    stream = workload.data((5,))
    x, y = (tensor[0] for tensor in stream.held_out("val", 0))
    weights = start_weights(build(workload, ACTIVATIONS.get("relu"), x), "gain", (5,))
    h = x
    for name in ("linear1", "linear2", "head"):
        h = F.linear(h, weights[f"{name}.weight"][0], weights[f"{name}.bias"][0])
        h = h if name == "head" else F.relu(h)
    expected = -torch.log_softmax(h, 1)[torch.arange(len(y)), y].mean().item()
    assert (outcome.status, outcome.steps, outcome.best_step) == ("ok", 0, 0)
    assert outcome.val_loss == pytest.approx(expected, rel=1e-5)
    assert outcome.facts["bits"] == pytest.approx(expected / np.log(2), rel=1e-5)
    assert {(c.split, c.metric) for c in outcome.curves} == {
        ("val", "loss"), ("val", "accuracy"), ("val", "bits"),
    }  # fmt: skip
    assert {tuple(c.steps) for c in (*outcome.curves, *outcome.neurons)} == {(0,)}
    assert outcome.zero_dead is not None
