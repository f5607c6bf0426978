"""Every activation at infinity, at both zeros, at huge numbers, and at NaN."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from entries import (
    ELEMENTWISE,
    evaluated,
    over,
    slope_by_autograd,
)

INF = math.inf
NAN = math.nan

# (f(-inf), f(0), f(inf)), each from the formula's limit.
LIMITS = {
    "relu": (0, 0, INF),
    "relu6": (0, 0, 6),
    "relu1": (0, 0, 1),
    "thresholded_relu": (0, 0, INF),
    "leaky_relu": (-INF, 0, INF),
    "abs": (INF, 0, INF),
    "srelu_shifted": (-1, 0, INF),
    "relu2": (0, 0, INF),
    "starrelu": (-0.4472, -0.4472, INF),
    "prelu_shared": (-INF, 0, INF),
    "prelu_channel": (-INF, 0, INF),
    "flexible_frelu": (0, 0, INF),
    "rrelu": (-INF, 0, INF),
    "nrelu": (0, 0, INF),
    "elu": (-1, 0, INF),
    "selu": (-1.7580993408473766, 0, INF),
    "celu": (-1, 0, INF),
    "isrlu": (-1, 0, INF),
    "softplus": (0, 0.6931471805599453, INF),
    "squareplus": (0, 1, INF),
    "logsigmoid": (-INF, -0.6931471805599453, 0),
    "gelu": (0, 0, INF),
    "gelu_tanh": (0, 0, INF),
    "quick_gelu": (0, 0, INF),
    "silu": (0, 0, INF),
    "swish_beta": (0, 0, INF),
    "mish": (0, 0, INF),
    "lisht": (INF, 0, INF),
    "hardswish": (0, 0, INF),
    "hard_mish": (0, 0, INF),
    "hardsigmoid": (0, 0.5, 1),
    "hardtanh": (-1, 0, 1),
    "flatten_t_swish": (-0.2, -0.2, INF),
    "sigmoid": (0, 0.5, 1),
    "tanh": (-1, 0, 1),
    "penalized_tanh": (-0.25, 0, 1),
    "softsign": (-1, 0, 1),
    "erf": (-1, 0, 1),
    "hardshrink": (-INF, 0, INF),
    "softshrink": (-INF, 0, INF),
    "tanhshrink": (-INF, 0, INF),
    "identity": (-INF, 0, INF),
    "sine": (NAN, 0, NAN),
}

# Where a product of infinity and 0 inside a kernel may give NaN instead of the limit. It depends
# on torch's version, the dtype and the vector unit.
MAY_BE_NAN_AT_MINUS_INFINITY = {
    "isrlu", "squareplus", "gelu", "gelu_tanh", "quick_gelu", "silu", "swish_beta", "mish",
    "hardswish", "hard_mish", "softsign", "flatten_t_swish", "nrelu",
}  # fmt: skip
MAY_BE_NAN_AT_INFINITY = {"gelu", "gelu_tanh", "softsign", "isrlu"}


@over(*ELEMENTWISE)
def test_nan_stays_nan(entry):
    nan = torch.tensor([NAN], dtype=torch.float64)
    assert evaluated(entry, nan).isnan().all()
    assert evaluated(entry, nan.float()).isnan().all()
    assert entry.definition(nan).isnan().all()


@over(*ELEMENTWISE)
def test_the_definition_reaches_its_limits_at_infinity(entry):
    low, middle, high = LIMITS[entry.name]
    got = entry.definition(torch.tensor([-INF, 0.0, INF], dtype=torch.float64))
    np.testing.assert_allclose(got, [low, middle, high], rtol=1e-15)


@over(*ELEMENTWISE)
def test_the_function_reaches_its_limits_or_says_nan(entry):
    low, middle, high = LIMITS[entry.name]
    # In one vector and one by one: kernels treat the rest of a vector in another way.
    for x in (torch.tensor([-INF, 0.0, INF]), torch.tensor([-INF, 0.0, INF]).repeat(16)):
        got = evaluated(entry, x).detach().numpy()[:3]
        np.testing.assert_allclose(got[1], middle, rtol=1e-6)
        if not (entry.name in MAY_BE_NAN_AT_MINUS_INFINITY and np.isnan(got[0])):
            np.testing.assert_allclose(got[0], low, rtol=1e-6)
        if not (entry.name in MAY_BE_NAN_AT_INFINITY and np.isnan(got[2])):
            np.testing.assert_allclose(got[2], high, rtol=1e-6)


@over(*ELEMENTWISE)
def test_both_zeros_have_the_same_value(entry):
    expected = LIMITS[entry.name][1]
    got = evaluated(entry, torch.tensor([0.0, -0.0], dtype=torch.float64))
    assert got[0] == got[1]  # 0 and -0 are equal, and relu(-0) may be either
    assert got[0].item() == pytest.approx(expected, abs=1e-15)


@over(*ELEMENTWISE)
def test_huge_numbers_overflow_nothing_but_squares(entry):
    x = torch.tensor([-1e30, -1e4, 1e4, 1e30], dtype=torch.float64)
    assert entry.definition(x).isfinite().all()
    assert entry.derivative(x).isfinite().all()
    assert not evaluated(entry, x).isnan().any()
    assert not slope_by_autograd(entry, torch.tensor([-1e4, 1e4])).isnan().any()
