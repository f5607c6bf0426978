from __future__ import annotations

import math

import pytest
import torch

from bench_service.activations import ACTIVATIONS


def test_the_approximations_of_gelu_are_close_and_differ():
    x = torch.linspace(-6, 6, 1201, dtype=torch.float64)
    exact = ACTIVATIONS.get("gelu").function(x)
    tanh = (ACTIVATIONS.get("gelu_tanh").function(x) - exact).abs().max().item()
    quick = (ACTIVATIONS.get("quick_gelu").function(x) - exact).abs().max().item()
    assert 1e-4 < tanh < 1e-3
    assert 1e-2 < quick < 3e-2


def test_gelu_is_defined_to_the_last_bit_far_to_the_left():
    # The asymptotic series of the normal tail: -pdf(x) * (1 - 1/x^2 + 3/x^4 - 15/x^6 + 105/x^8).
    x = -20.0
    series = 1 - x**-2 + 3 * x**-4 - 15 * x**-6 + 105 * x**-8 - 945 * x**-10
    expected = -math.exp(-x * x / 2) / math.sqrt(2 * math.pi) * series
    got = ACTIVATIONS.get("gelu").definition(torch.tensor([x], dtype=torch.float64)).item()
    assert got == pytest.approx(expected, rel=1e-9)
