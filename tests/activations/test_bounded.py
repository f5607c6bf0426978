from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_service.activations import ACTIVATIONS
from bench_service.activations.bounded import penalized_tanh

numbers = st.floats(-50, 50)


def value(name, x):
    return ACTIVATIONS.get(name).definition(torch.tensor([x], dtype=torch.float64)).item()


@pytest.mark.parametrize("name", ["tanh", "softsign", "hardtanh", "erf", "sine", "tanhshrink"])
@given(x=numbers)
@settings(max_examples=50, deadline=None)
def test_an_odd_activation_changes_its_sign_with_x(name, x):
    assert value(name, -x) == -value(name, x)


@given(x=numbers)
@settings(max_examples=50, deadline=None)
def test_the_logistic_of_both_signs_adds_up_to_one(x):
    assert value("sigmoid", x) + value("sigmoid", -x) == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("sigmoid", 0, 1),
        ("tanh", -1, 1),
        ("softsign", -1, 1),
        ("erf", -1, 1),
        ("penalized_tanh", -0.25, 1),
        ("hardsigmoid", 0, 1),
        ("hardtanh", -1, 1),
        ("relu6", 0, 6),
    ],
)
def test_a_bounded_activation_stays_within_its_bounds(name, low, high):
    got = ACTIVATIONS.get(name).function(torch.linspace(-1e4, 1e4, 10001))
    assert got.min() >= low
    assert got.max() <= high


def test_tanh_is_a_stretched_logistic():
    for x in (-3.0, -0.2, 0.7, 5.0):
        assert value("tanh", x) == pytest.approx(2 * value("sigmoid", 2 * x) - 1, rel=1e-14)


def test_the_penalty_can_be_moved():
    x = torch.linspace(-3, 3, 25, dtype=torch.float64)
    assert torch.equal(penalized_tanh(x, penalty=1.0), torch.tanh(x))
    assert torch.equal(penalized_tanh(x, penalty=0.0), torch.relu(torch.tanh(x)))


def test_small_numbers_keep_their_digits():
    for name in ("tanh", "softsign"):
        assert value(name, 1e-12) == pytest.approx(1e-12, rel=1e-11)
    assert value("erf", 1e-12) == pytest.approx(1.1283791670955126e-12, rel=1e-14)
