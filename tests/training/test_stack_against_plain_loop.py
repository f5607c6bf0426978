"""A stack gives each slice what a plain PyTorch loop over that slice alone gives it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plain_loop import PLAIN, plain_run
from tiny_workloads import crossed, curve, tiny, tiny_conv, trained

from bench_service.workloads import Optimizer, Task
from bench_service.workloads.losses import accuracy, cross_entropy

OPTIMIZERS = (
    Optimizer(name="sgd"),
    Optimizer(name="sgd", weight_decay=0.1),
    Optimizer(name="momentum", momentum=0.8),
    Optimizer(name="adam"),
    Optimizer(name="adamw", weight_decay=0.5),
)
RATES = {"sgd": (0.03, 0.5), "momentum": (0.02, 0.2), "adam": (1e-3, 0.05), "adamw": (1e-3, 0.05)}
SEEDS = (3, 0)
CLOSE = {"rel": 2e-4, "abs": 2e-6}
"""Float32: sums are taken in another order, and ten steps carry the difference on."""


def agree(workload, activation):
    """Every slice of a stack, step by step, and what is read at its best step."""
    rates = RATES[workload.optimizer.name]
    found = trained(workload, crossed(rates, SEEDS), activation)
    best_steps = []
    for (lr, seed), outcome in found.items():
        expected = plain_run(workload, activation, lr, seed)
        assert outcome.status == "ok", outcome.reason
        assert curve(outcome, "train", "loss") == pytest.approx(expected.train_loss, **CLOSE)
        assert curve(outcome, "val", "loss") == pytest.approx(expected.val_loss, **CLOSE)
        assert curve(outcome, "val", "accuracy") == pytest.approx(expected.val_accuracy, abs=1e-6)
        assert outcome.best_step == expected.best_step
        assert outcome.val_loss == pytest.approx(expected.val_loss[expected.best_step - 1], **CLOSE)
        assert outcome.test_loss == pytest.approx(expected.test_loss, **CLOSE)
        assert outcome.test_accuracy == pytest.approx(expected.test_accuracy, abs=1e-6)
        best_steps.append(outcome.best_step)
    return best_steps


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: f"{o.name}-{o.weight_decay:g}")
@pytest.mark.parametrize("activation", sorted(PLAIN))
def test_a_network_of_linear_layers_trains_as_in_a_plain_loop(optimizer, activation):
    agree(tiny(optimizer=optimizer), activation)


@pytest.mark.parametrize("optimizer", OPTIMIZERS[2:], ids=lambda o: o.name)
@pytest.mark.parametrize("activation", ["relu", "prelu_channel", "nrelu"])
def test_a_convolutional_network_with_batch_normalisation_does_too(optimizer, activation):
    """Running means, their counters and learnt slopes of channels among it."""
    agree(tiny_conv(optimizer=optimizer), activation)


def test_what_is_read_at_the_best_step_is_read_with_the_weights_of_that_step():
    """With running means: some slices are best before the end, each at a step of its own."""
    workload = tiny_conv(optimizer=Optimizer(name="adam"), n_steps=30, n_evaluations=30)
    best_steps = agree(replace(workload, metric="val_accuracy"), "relu")
    assert min(best_steps) < 30
    assert len(set(best_steps)) > 1


def test_an_objective_of_the_activations_outputs_is_minimised_and_the_loss_reported():
    def with_penalty(prediction, y, outputs):
        return cross_entropy(prediction, y) + 0.3 * sum(h.abs().mean() for h in outputs)

    penalised = Task(loss=cross_entropy, accuracy=accuracy, objective=with_penalty)
    agree(tiny(task=penalised), "relu")
    plain = trained(tiny(), crossed([0.5], [0]))[0.5, 0]
    changed = trained(tiny(task=penalised), crossed([0.5], [0]))[0.5, 0]
    assert curve(plain, "train", "loss")[0] == curve(changed, "train", "loss")[0]
    assert curve(plain, "train", "loss")[1:] != curve(changed, "train", "loss")[1:]


def test_looking_at_neurons_changes_no_training():
    workload = tiny_conv(n_checkpoints=10)
    cases = crossed([0.1, 0.5], SEEDS)
    looked = trained(workload, cases, "prelu_channel", has_neurons=True)
    alone = trained(workload, cases, "prelu_channel")
    for key, outcome in alone.items():
        assert looked[key].neurons
        assert not outcome.neurons
        assert curve(looked[key], "val", "loss") == curve(outcome, "val", "loss")
        assert looked[key].test_loss == outcome.test_loss
