from __future__ import annotations

import math

import torch

from bench_service.activations import ACTIVATIONS
from bench_service.activations.squared import STAR_BIAS, STAR_SCALE, relu2, starrelu


def test_the_squared_relu_squares():
    assert relu2(torch.tensor([-3.0, 0.5, 3.0])).tolist() == [0.0, 0.25, 9.0]


def test_starrelu_is_never_zero_where_it_is_flat():
    x = torch.tensor([-100.0, -1.0, 0.0])
    assert torch.equal(starrelu(x), torch.full((3,), STAR_BIAS))
    assert ACTIVATIONS.get("starrelu").derivative(x).tolist() == [0.0, 0.0, 0.0]


def test_the_numbers_of_starrelu_are_those_that_standardise_its_output():
    # E relu(Z)^2 = 1/2 and E relu(Z)^4 = 3/2, so the variance is 5/4.
    assert round(math.sqrt(4 / 5), 4) == STAR_SCALE
    assert round(-math.sqrt(4 / 5) / 2, 4) == STAR_BIAS


def test_scale_and_bias_can_be_given():
    x = torch.linspace(-2, 2, 9)
    assert torch.equal(starrelu(x, scale=1.0, bias=0.0), relu2(x))
    assert torch.equal(ACTIVATIONS.get("starrelu").module(scale=1.0, bias=0.0)(x), relu2(x))
