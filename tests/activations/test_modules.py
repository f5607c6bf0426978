from __future__ import annotations

import pytest
import torch
from torch import nn

from bench_service.activations import ACTIVATIONS
from bench_service.activations.modules import Applied, applied, by_keyword
from bench_service.activations.smooth import squareplus


def test_a_parameter_of_a_module_has_to_be_named():
    make = by_keyword(nn.LeakyReLU)
    with pytest.raises(TypeError):
        make(True)
    assert make(negative_slope=0.2).negative_slope == 0.2


def test_a_function_becomes_a_module_with_its_parameters():
    module = applied(squareplus)(b=0.0)
    assert module(torch.tensor([-2.0, 3.0])).tolist() == [0.0, 3.0]  # ReLU
    assert "squareplus, b=0.0" in repr(module)


def test_an_unknown_parameter_is_refused_when_the_module_is_made():
    with pytest.raises(TypeError):
        applied(squareplus)(beta=1.0)


def test_a_builtin_function_becomes_a_module():
    assert Applied(torch.sin)(torch.zeros(1)).tolist() == [0.0]


def test_the_approximation_of_gelu_is_fixed_by_its_entry():
    assert ACTIVATIONS.get("gelu_tanh").module().approximate == "tanh"
    assert ACTIVATIONS.get("gelu").module().approximate == "none"


@pytest.mark.parametrize("name", ["relu", "relu6", "relu1", "thresholded_relu", "silu", "hardtanh"])
def test_a_module_that_torch_runs_in_place_can_do_so(name):
    x = torch.linspace(-2, 8, 11)
    expected = ACTIVATIONS.get(name).function(x)
    assert torch.equal(ACTIVATIONS.get(name).module(inplace=True)(x), expected)
    assert torch.equal(x, expected)
