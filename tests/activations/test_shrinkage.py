from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations import ACTIVATIONS

X = torch.linspace(-3, 3, 97, dtype=torch.float64)


def test_hard_shrinkage_keeps_or_drops():
    x = torch.tensor([-0.6, -0.5, -0.1, 0.5, 0.6])
    assert F.hardshrink(x).tolist() == pytest.approx([-0.6, 0, 0, 0, 0.6])


def test_soft_shrinkage_is_what_a_rectifier_of_both_signs_leaves():
    expected = F.relu(X - 0.5) - F.relu(-X - 0.5)
    assert torch.equal(ACTIVATIONS.get("softshrink").definition(X), expected)


@pytest.mark.parametrize("name", ["hardshrink", "softshrink"])
def test_what_counts_as_small_can_be_moved(name):
    activation = ACTIVATIONS.get(name)
    moved = activation.function(X, lambd=1.25)
    assert torch.equal(moved, activation.definition(X, lambd=1.25))
    assert torch.equal(activation.module(lambd=1.25)(X), moved)
    assert not activation.derivative(X[X.abs() <= 1.25], lambd=1.25).any()


def test_tanhshrink_is_cubic_near_zero():
    x = torch.tensor([0.01], dtype=torch.float64)
    assert ACTIVATIONS.get("tanhshrink").definition(x).item() == pytest.approx(1e-6 / 3, rel=1e-4)
