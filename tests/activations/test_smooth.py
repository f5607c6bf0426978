from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_service.activations import ACTIVATIONS
from bench_service.activations.smooth import squareplus

# f(x) - f(-x) = x for what is |x| / 2 plus an even function.
HALF_EVEN = ("relu", "gelu", "gelu_tanh", "silu", "hardswish", "softplus", "squareplus")


@pytest.mark.parametrize("name", HALF_EVEN)
@given(x=st.floats(-100, 100))
@settings(max_examples=50, deadline=None)
def test_the_odd_part_is_half_of_x(name, x):
    f = ACTIVATIONS.get(name).definition
    point = torch.tensor([x], dtype=torch.float64)
    assert (f(point) - f(-point)).item() == pytest.approx(x, rel=1e-12, abs=1e-12)


def test_a_sharp_softplus_is_relu():
    x = torch.linspace(-4, 4, 33, dtype=torch.float64)
    softplus = ACTIVATIONS.get("softplus")
    assert torch.allclose(softplus.definition(x, beta=500.0), torch.relu(x), atol=2e-3)
    assert torch.allclose(softplus.function(x, beta=3.0), softplus.definition(x, beta=3.0))
    assert softplus.derivative(torch.zeros(1), beta=3.0).item() == 0.5


def test_squareplus_with_four_is_one_at_zero_and_with_nothing_is_relu():
    assert squareplus(torch.zeros(1)).item() == 1.0
    x = torch.linspace(-4, 4, 33)
    assert torch.equal(squareplus(x, b=0.0), torch.relu(x))


def test_squareplus_is_defined_to_the_last_bit_where_its_formula_cancels():
    x = torch.tensor([-1e8], dtype=torch.float64)
    # (x + sqrt(x^2 + 4)) / 2 = -1 / x, up to terms of x^-3.
    assert ACTIVATIONS.get("squareplus").definition(x).item() == pytest.approx(1e-8, rel=1e-15)


def test_logsigmoid_mirrors_softplus():
    x = torch.linspace(-40, 40, 81, dtype=torch.float64)
    definition = ACTIVATIONS.get("softplus").definition
    assert torch.equal(ACTIVATIONS.get("logsigmoid").definition(x), -definition(-x))
