from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations import ACTIVATIONS
from bench_service.activations.hard import flatten_t_swish, hard_mish

X = torch.linspace(-8, 8, 129, dtype=torch.float64)


def test_hardswish_weighs_x_by_hardsigmoid():
    assert torch.allclose(F.hardswish(X), X * F.hardsigmoid(X), rtol=1e-7)


def test_hardsigmoid_is_a_hardtanh_in_disguise():
    definition = ACTIVATIONS.get("hardsigmoid").definition
    assert torch.allclose(definition(X), (F.hardtanh(X / 3) + 1) / 2)


def test_hard_mish_has_three_pieces():
    x = torch.tensor([-3.0, -2.0, -1.0, 0.0, 1.0, 5.0])
    assert hard_mish(x).tolist() == [0.0, 0.0, -0.5, 0.0, 1.0, 5.0]


def test_hardswish_is_dead_left_of_minus_three():
    hardswish = ACTIVATIONS.get("hardswish")
    x = torch.linspace(-9, -3.01, 50, dtype=torch.float64)
    assert not hardswish.definition(x).any()
    assert not hardswish.derivative(x).any()


def test_flatten_t_swish_is_constant_to_the_left_and_never_zero_there():
    x = torch.tensor([-5.0, -0.1], dtype=torch.float64)
    assert flatten_t_swish(x).tolist() == [-0.2, -0.2]
    assert not ACTIVATIONS.get("flatten_t_swish").derivative(x).any()


def test_the_shift_of_flatten_t_swish_can_be_moved():
    assert torch.equal(flatten_t_swish(X, shift=0.0), torch.relu(X) * torch.sigmoid(X))
    assert torch.allclose(
        ACTIVATIONS.get("flatten_t_swish").definition(X, shift=0.0), F.silu(torch.relu(X))
    )
