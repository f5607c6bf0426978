from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations import ACTIVATIONS
from bench_service.activations.exponential import isrlu

X = torch.linspace(-6, 6, 97, dtype=torch.float64)


def test_celu_and_elu_are_one_function_at_their_defaults():
    celu, elu = ACTIVATIONS.get("celu"), ACTIVATIONS.get("elu")
    assert torch.allclose(celu.function(X), elu.function(X), rtol=1e-15)
    assert torch.equal(celu.definition(X), elu.definition(X))


def test_selu_is_a_scaled_elu():
    assert torch.allclose(F.selu(X), 1.0507009873554805 * F.elu(X, alpha=1.6732632423543772))


@pytest.mark.parametrize(
    ("name", "alpha"), [("elu", 0.5), ("elu", 2.0), ("celu", 0.5), ("celu", 2.0)]
)
def test_the_depth_of_the_left_side_can_be_moved(name, alpha):
    activation = ACTIVATIONS.get(name)
    assert activation.definition(torch.tensor([-1e3]), alpha=alpha).item() == pytest.approx(-alpha)
    got = activation.definition(X, alpha=alpha)
    assert torch.allclose(activation.function(X, alpha=alpha), got, rtol=1e-14)
    assert torch.equal(activation.module(alpha=alpha)(X), activation.function(X, alpha=alpha))


def test_celu_is_smooth_for_every_alpha():
    left, right = torch.tensor([-1e-12, 1e-12], dtype=torch.float64)
    slope = ACTIVATIONS.get("celu").derivative
    assert slope(left, alpha=3.0).item() == pytest.approx(slope(right, alpha=3.0).item())


def test_isrlu_saturates_at_minus_one_over_the_root_of_alpha():
    x = torch.tensor([-1e6], dtype=torch.float64)
    assert isrlu(x, alpha=4.0).item() == pytest.approx(-0.5)
    assert ACTIVATIONS.get("isrlu").definition(x, alpha=4.0).item() == pytest.approx(-0.5)
    assert ACTIVATIONS.get("isrlu").definition(torch.tensor([-math.inf]), alpha=4.0).item() == -0.5
