from __future__ import annotations

import math

import pytest
import torch
from scipy import optimize

from bench_service.activations import ACTIVATIONS


def lowest(name):
    """Where and how low the definition dips, by bounded minimisation."""
    f = ACTIVATIONS.get(name).definition
    found = optimize.minimize_scalar(
        lambda x: f(torch.tensor([x], dtype=torch.float64)).item(),
        bounds=(-3, 0),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return found.x, found.fun


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("mish", -1.1924, -0.30884),
        ("hardswish", -1.5, -0.375),
        ("gelu", -0.75179, -0.16997),
        ("silu", -1.27846, -0.27846),
        ("hard_mish", -1.0, -0.5),
    ],
)
def test_the_dip_below_zero_is_where_it_is_known_to_be(name, x, value):
    at, depth = lowest(name)
    assert at == pytest.approx(x, abs=1e-4)
    assert depth == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("gelu", math.sqrt(2)),
        ("gelu_tanh", 1.4185040088),
        ("silu", 2.3993572805),
        ("swish_beta", 2.3993572805),
        ("quick_gelu", 2.3993572805 / 1.702),
        ("mish", 1.4905711795),
        ("lisht", 1.1996786403),
        ("flatten_t_swish", 2.3993572805),
    ],
)
def test_the_slope_is_steepest_where_it_is_said_to_be(name, x):
    activation = ACTIVATIONS.get(name)
    around = torch.tensor([x - 1e-3, x, x + 1e-3], dtype=torch.float64)
    before, at, after = activation.derivative(around).tolist()
    assert at > max(before, after)
    assert at == pytest.approx(activation.derivative_supremum, rel=1e-9)


def test_lisht_is_even():
    x = torch.linspace(0, 10, 101, dtype=torch.float64)
    f = ACTIVATIONS.get("lisht").function
    assert torch.equal(f(x), f(-x))
