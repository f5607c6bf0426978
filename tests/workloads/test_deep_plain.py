"""Twenty hidden layers: what their beginning decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from tiny_workloads import crossed, trained
from torch import nn

from bench_service.activations import ACTIVATIONS
from bench_service.training.initialisation import start_weights
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS
from bench_service.workloads.layers import is_after_activation

DEEP = WORKLOADS.get("deep_plain")


def skeleton():
    return build(DEEP, ACTIVATIONS.get("relu"), torch.zeros(2, 64))


def test_it_has_20_hidden_layers_of_64_units_and_83850_parameters():
    found = skeleton()
    assert found.layers == tuple(f"act{i}" for i in range(1, 21))
    assert set(found.shapes.values()) == {(64,)}
    # 20 layers of 64 x 64 weights and 64 biases, and one of 64 x 10 and 10
    assert sum(p.numel() for p in found.model.parameters()) == 20 * (4096 + 64) + 650


def test_every_layer_but_the_first_takes_the_gain_of_the_activation_before_it():
    linear = [m for m in skeleton().model if isinstance(m, nn.Linear)]
    assert [is_after_activation(layer) for layer in linear] == [False] + [True] * 20


@pytest.mark.parametrize(("init", "per_layer"), [("gain", 1.0), ("torch_default", 1 / 6)])
def test_the_first_layers_gradients_vanish_from_torchs_own_initialisation_alone(init, per_layer):
    """The variance of gradients falls by 1/6 a layer there, and by nothing with ReLU's gain.

    Over 19 layers of 64 units the product of the layers' factors spreads by a factor of about ten.
    """
    found = skeleton()
    weights = start_weights(found, init, (0,))
    found.model.load_state_dict({name: value[0] for name, value in weights.items()})
    generator = torch.Generator().manual_seed(1)
    before = []
    for name in ("act1", "act20"):
        module = found.model.get_submodule(name)
        module.register_forward_pre_hook(lambda _m, args: before.append(args[0]))
    output = found.model(torch.randn(256, 64, generator=generator))
    incoming = torch.randn(output.shape, generator=generator)
    first, last = torch.autograd.grad(output, before, incoming)
    ratio = (first.double().square().mean() / last.double().square().mean()).item()
    assert per_layer**19 / 10 < ratio < 10 * per_layer**19


def test_five_epochs_are_enough_from_relus_gain_and_teach_nothing_from_torchs_own():
    workload = replace(DEEP, n_steps=80, n_evaluations=1)
    found = {
        init: trained(workload, crossed([1e-3], [0, 1], init=init)) for init in DEEP.inits
    }  # fmt: skip
    assert set(found) == {"gain", "torch_default"}
    assert all(outcome.val_accuracy > 0.6 for outcome in found["gain"].values())
    assert all(outcome.val_accuracy < 0.3 for outcome in found["torch_default"].values())


def test_a_stack_trains_it_as_a_plain_loop_does():
    assert_trains_as_a_plain_loop(DEEP, (1e-4, 1e-3))
