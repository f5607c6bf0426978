"""What the model of every registered workload keeps to: its activations, its marks, its start."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from any_workload import SEEDS, available, skeleton_of, workloads
from torch import nn
from torch.overrides import TorchFunctionMode

from bench_service.activations import ACTIVATIONS
from bench_service.training.identity import probe_hash
from bench_service.training.initialisation import GAINS, start_weights
from bench_service.training.skeleton import build
from bench_service.workloads.layers import is_after_activation

OTHER_ACTIVATIONS = {
    "relu", "relu_", "relu6", "leaky_relu", "rrelu", "elu", "elu_", "selu", "celu", "gelu", "silu",
    "mish", "hardswish", "hardsigmoid", "sigmoid", "sigmoid_", "tanh", "tanh_", "hardtanh",
    "softplus", "softsign", "tanhshrink", "softshrink", "hardshrink", "threshold", "prelu",
    "logsigmoid", "glu", "erf", "sin",
}  # fmt: skip
"""Functions that a model must leave to the activation that is trained."""
PART_OF_THE_TASK = {"rbm": {"sigmoid"}}
"""Visible units of a Boltzmann machine are probabilities, whatever its hidden ones are."""


@workloads
def test_it_calls_every_activation_that_it_has_and_units_are_their_second_dimension(name):
    workload = available(name)
    skeleton = skeleton_of(workload)
    assert skeleton.layers
    for layer, shape in skeleton.shapes.items():
        assert len(shape) >= 1
        assert all(size > 0 for size in shape)
        assert skeleton.row_factors[layer] >= 1
    # A slope for every channel fits just where dimension 1 is the number that the model named.
    channelled = skeleton_of(workload, "prelu_channel")
    for layer, shape in channelled.shapes.items():
        slopes = sum(p.numel() for p in channelled.model.get_submodule(layer).parameters())
        assert slopes == shape[0]


@workloads
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_it_is_made_of_the_named_activation_and_its_loss_is_a_finite_number(name, activation):
    workload = available(name)
    batch = workload.data([3]).batch(0)
    skeleton = build(workload, ACTIVATIONS.get(activation), batch.x[0])
    assert len(probe_hash(skeleton)) == 16
    started = start_weights(skeleton, workload.inits[0], [3])
    skeleton.model.load_state_dict({k: v[0] for k, v in started.items()}, strict=False)
    with torch.no_grad():
        loss = workload.task.loss(skeleton.model(batch.x[0]), batch.y[0])
    assert loss.shape == ()
    assert loss.isfinite()


class Named(TorchFunctionMode):
    """Remembers the names of the functions of torch that are called."""

    def __init__(self):
        self.names = set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.names.add(getattr(func, "__name__", ""))
        return func(*args, **(kwargs or {}))


@workloads
def test_it_has_no_non_linearity_but_those_that_are_exchanged(name):
    """With the identity for an activation, no function of the catalogue is called."""
    workload = available(name)
    skeleton = skeleton_of(workload, "identity")
    x = workload.data((0,)).batch(0).x[0]
    for model in (skeleton.model.train(), skeleton.model.eval()):
        with Named() as called, torch.no_grad():
            model(x)
        found = called.names & OTHER_ACTIVATIONS
        assert found <= PART_OF_THE_TASK.get(name, set())
    kinds = {type(module).__name__ for module in skeleton.model.modules()}
    assert not {kind for kind in kinds if kind.startswith("Dropout")}


class Sevens(nn.Module):
    def forward(self, x):
        return torch.full_like(x, 7.0)


@workloads
def test_the_layers_that_are_marked_as_fed_by_an_activation_are_those_that_are(name):
    """Seen by their inputs when every activation says 7: an average or a copy of it says 7 too."""
    workload = available(name)
    x = workload.data((0,)).batch(0).x[0]
    skeleton = build(workload, replace(ACTIVATIONS.get("relu"), module=Sevens), x)
    fed, marked = {}, {}
    for layer, module in skeleton.model.named_modules():
        if isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d):

            def see(module, args, layer=layer):
                fed[layer] = bool((args[0] == 7.0).all())
                marked[layer] = is_after_activation(module)

            module.register_forward_pre_hook(see)
    with torch.no_grad():
        skeleton.model.eval()(x)
    assert fed == marked


@workloads
@pytest.mark.parametrize("policy", sorted(GAINS))
def test_its_weights_begin_by_the_seed_alone(name, policy):
    """Whatever the global generator had drawn while the model was made."""
    workload = available(name)
    torch.manual_seed(1)
    first = start_weights(skeleton_of(workload), policy, SEEDS)
    torch.manual_seed(2)
    second = start_weights(skeleton_of(workload), policy, SEEDS)
    for parameter, values in first.items():
        assert torch.equal(values, second[parameter]), parameter
        assert values.isfinite().all()
    assert any(not torch.equal(values[0], values[1]) for values in first.values())
