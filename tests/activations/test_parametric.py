from __future__ import annotations

import pytest
import torch
from torch import nn

from bench_service.activations import ACTIVATIONS

CPU = torch.device("cpu")


def tensors_of(name, n_channels=3):
    return ACTIVATIONS.get(name).tensors(n_channels, torch.float64, CPU)


def test_the_shared_slope_is_one_number_and_the_other_one_per_channel():
    assert tensors_of("prelu_shared")["weight"].tolist() == [0.25]
    assert tensors_of("prelu_channel")["weight"].tolist() == [0.25, 0.25, 0.25]


@pytest.mark.parametrize("shape", [(5, 3), (5, 3, 7), (5, 3, 4, 4)])
def test_channel_slopes_run_along_dimension_one(shape):
    x = -torch.ones(shape, dtype=torch.float64)
    slopes = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
    got = ACTIVATIONS.get("prelu_channel").function(x, weight=slopes)
    for channel in range(3):
        assert (got[:, channel] == -slopes[channel]).all()


@pytest.mark.parametrize("name", ["prelu_shared", "prelu_channel", "flexible_frelu", "swish_beta"])
def test_a_flat_tensor_has_one_channel(name):
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)
    activation = ACTIVATIONS.get(name)
    got = activation.function(x, **tensors_of(name, n_channels=1))
    assert torch.allclose(got, activation.definition(x), rtol=1e-14)


def test_the_gradient_of_a_slope_is_the_sum_of_its_negative_inputs():
    x = torch.tensor([[-2.0, 3.0, -1.0], [-5.0, -4.0, 0.5]], dtype=torch.float64)
    tensors = tensors_of("prelu_channel")
    upstream = torch.tensor([[1.0, 1.0, 2.0], [10.0, 1.0, 1.0]], dtype=torch.float64)
    output = ACTIVATIONS.get("prelu_channel").function(x, **tensors)
    (gradient,) = torch.autograd.grad(output, tensors["weight"], upstream)
    assert gradient.tolist() == [-52.0, -4.0, -2.0]


def test_the_gradient_of_the_bias_is_the_sum_of_all_gradients():
    x = torch.randn(4, 3, dtype=torch.float64)
    tensors = tensors_of("flexible_frelu")
    output = ACTIVATIONS.get("flexible_frelu").function(x, **tensors)
    (gradient,) = torch.autograd.grad(output.sum(), tensors["bias"])
    assert gradient.tolist() == [12.0]


def test_another_bias_moves_the_whole_output():
    x = torch.linspace(-2, 2, 9)
    moved = ACTIVATIONS.get("flexible_frelu").function(x, bias=torch.tensor([-0.5]))
    assert torch.equal(moved, torch.relu(x) - 0.5)


def test_a_beta_of_zero_is_half_of_x_and_a_large_one_is_relu():
    swish = ACTIVATIONS.get("swish_beta").function
    x = torch.linspace(-2, 2, 9)
    assert torch.equal(swish(x, beta=torch.zeros(1)), x / 2)
    assert torch.allclose(swish(x, beta=torch.tensor([1e4])), torch.relu(x))


def test_modules_have_as_many_slopes_as_channels_and_start_where_asked():
    shared = ACTIVATIONS.get("prelu_shared").module(n_channels=16, init=0.1)
    channel = ACTIVATIONS.get("prelu_channel").module(n_channels=16)
    assert isinstance(shared, nn.PReLU)
    assert shared.weight.tolist() == pytest.approx([0.1])
    assert channel.weight.shape == (16,)


@pytest.mark.parametrize("name", ["prelu_shared", "prelu_channel", "flexible_frelu", "swish_beta"])
def test_a_module_learns(name):
    torch.manual_seed(0)
    module = ACTIVATIONS.get(name).module(n_channels=3)
    before = [parameter.clone() for parameter in module.parameters()]
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    module(torch.randn(32, 3)).square().mean().backward()
    optimizer.step()
    assert all((a != b).all() for a, b in zip(module.parameters(), before, strict=True))
