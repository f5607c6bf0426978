"""Small networks side by side, held against each on its own."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from bench_service.activations import ACTIVATIONS
from bench_service.training.initialisation import start_weights
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS
from bench_service.workloads.parallel import ParallelLinear, spread

N_NETS = 5


@pytest.mark.parametrize(("n_in", "n_out"), [(1, 2), (2, 2), (3, 1), (1, 1), (4, 3)])
def test_each_network_has_a_linear_layer_of_its_own(n_in, n_out):
    torch.manual_seed(0)
    layer = ParallelLinear(N_NETS, n_in, n_out)
    x = torch.randn(7, N_NETS * n_in)
    found = layer(x).view(7, N_NETS, n_out)
    for net in range(N_NETS):
        own = nn.Linear(n_in, n_out)
        rows = slice(net * n_out, (net + 1) * n_out)
        with torch.no_grad():
            own.weight.copy_(layer.weight[rows, :, 0])
            own.bias.copy_(layer.bias[rows])
        assert torch.allclose(found[:, net], own(x[:, net * n_in : (net + 1) * n_in]), atol=1e-6)


def test_it_is_the_convolution_in_groups_that_it_is_drawn_as():
    torch.manual_seed(0)
    layer = ParallelLinear(N_NETS, 3, 2)
    x = torch.randn(7, N_NETS * 3)
    assert torch.allclose(layer(x), nn.Conv1d.forward(layer, x[:, :, None])[:, :, 0], atol=1e-6)


def test_its_weights_are_drawn_for_the_inputs_of_one_network():
    """ReLU's gain is sqrt 2, and a network of width 2 has two inputs: a deviation of 1."""
    skeleton = build(WORKLOADS.get("narrow_abs"), ACTIVATIONS.get("relu"), torch.zeros(2, 1))
    weights = start_weights(skeleton, "gain", tuple(range(50)))
    n = weights["linear5.weight"].numel()
    assert n == 50 * 20 * 2 * 2
    assert weights["linear5.weight"].std().item() == pytest.approx(1, abs=4 / math.sqrt(2 * n))
    assert weights["linear5.bias"].abs().max() == 0


def test_the_spread_is_largest_less_smallest_output_of_each_network():
    prediction = torch.tensor([[1.0, 5.0, -2.0], [1.0, 3.0, 4.0]])
    assert spread(prediction).tolist() == [0.0, 2.0, 6.0]
