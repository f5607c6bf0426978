from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations import ACTIVATIONS
from bench_service.activations.rectified import srelu_shifted

HOMOGENEOUS = ("relu", "leaky_relu", "abs", "prelu_shared", "prelu_channel", "flexible_frelu")
# Without numbers so small that a slope makes them subnormal, where doubling isn't exact.
numbers = st.floats(-1e6, 1e6).map(lambda x: x if abs(x) > 1e-200 else 0.0)
X = torch.linspace(-8, 8, 65, dtype=torch.float64)


def function_of(name):
    activation = ACTIVATIONS.get(name)
    tensors = (
        activation.tensors(1, torch.float64, torch.device("cpu")) if activation.tensors else {}
    )
    return lambda x: activation.function(x, **tensors)


@pytest.mark.parametrize("name", HOMOGENEOUS)
@given(x=numbers, doublings=st.integers(-10, 10))
@settings(max_examples=50, deadline=None)
def test_a_homogeneous_rectifier_scales_with_its_input(name, x, doublings):
    point = torch.tensor([x], dtype=torch.float64)
    scale = 2.0**doublings  # exact in floating point
    function = function_of(name)
    assert torch.equal(function(scale * point), scale * function(point))


@given(x=numbers)
@settings(max_examples=100, deadline=None)
def test_relu_of_both_signs_gives_x_and_its_size(x):
    point = torch.tensor([x], dtype=torch.float64)
    relu = function_of("relu")
    assert (relu(point) - relu(-point)).item() == x
    assert (relu(point) + relu(-point)).item() == function_of("abs")(point).item() == abs(x)


def test_relu_is_flat_below_zero_and_straight_above():
    relu = ACTIVATIONS.get("relu")
    assert relu.function(torch.tensor([-7.0, -0.5, 0.5, 7.0])).tolist() == [0.0, 0.0, 0.5, 7.0]
    assert relu.derivative(torch.tensor([-7.0, -0.5, 0.5, 7.0])).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_a_slope_of_zero_is_relu_and_of_one_is_nothing():
    leaky = ACTIVATIONS.get("leaky_relu")
    assert torch.equal(leaky.function(X, negative_slope=0.0), F.relu(X))
    assert torch.equal(leaky.definition(X, negative_slope=1.0), X)
    assert leaky.derivative(X[:1], negative_slope=0.2).item() == 0.2


def test_shifted_relu_is_relu_moved_down_the_diagonal():
    assert torch.allclose(srelu_shifted(X), F.relu(X + 1) - 1)


def test_only_those_that_have_a_native_kernel_are_in_place():
    in_place = {a.name for a in ACTIVATIONS if a.in_place is not None and a.is_composed}
    assert in_place == set()


def test_the_largest_number_passes_through_relu():
    largest = torch.finfo(torch.float32).max
    assert ACTIVATIONS.get("relu").function(torch.tensor([largest, math.inf])).tolist() == [
        largest,
        math.inf,
    ]
