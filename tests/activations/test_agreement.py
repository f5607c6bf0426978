from __future__ import annotations

import dataclasses

import pytest
import torch
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations import ACTIVATIONS
from bench_service.activations.agreement import definition_findings, exactly, value_findings

X = torch.linspace(-4, 4, 64).reshape(8, 8)


def values(name, function, x=X):
    return list(value_findings(ACTIVATIONS.get(name), function, x))


def test_the_same_function_agrees():
    assert values("relu", F.relu) == []


def test_output_and_gradient_are_told_apart():
    (sentence,) = values("relu", lambda x: F.relu(x) + 0.01)
    assert sentence.startswith("The output of relu in float32 on cpu")
    (sentence,) = values("relu", lambda x: F.relu(x) + 0.01 * (x - x.detach()))
    assert sentence.startswith("The gradient of relu in float32 on cpu")


@pytest.mark.parametrize(
    ("dtype", "unnoticed", "noticed"),
    [
        (torch.float64, 1e-8, 1e-6),
        (torch.float32, 1e-7, 1e-5),
        (torch.float16, 1e-3, 1e-2),
        (torch.bfloat16, 1e-2, 1e-1),
    ],
)
def test_a_dtype_excuses_as_much_as_it_rounds(dtype, unnoticed, noticed):
    def stretched(by):
        return lambda x: (F.leaky_relu(x.double()) * (1 + by)).to(x.dtype)

    assert values("leaky_relu", stretched(unnoticed), X.to(dtype)) == []
    assert values("leaky_relu", stretched(noticed), X.to(dtype)) != []


def test_right_at_a_kink_either_slope_is_accepted():
    x = torch.zeros(1, 8)
    assert values("relu", lambda x: torch.clamp(x, min=0), x) == []


def test_kinks_that_nobody_declared_are_no_wrong_derivative():
    relu6 = dataclasses.replace(ACTIVATIONS.get("relu6"), kinks=())
    jump = dataclasses.replace(ACTIVATIONS.get("hardshrink"), kinks=())
    for activation in (relu6, jump):
        assert list(definition_findings(activation, X)) == []


def test_a_derivative_that_is_off_by_a_little_is_found():
    tanh = ACTIVATIONS.get("tanh")
    off = dataclasses.replace(tanh, derivative=lambda x: tanh.derivative(x) + 1e-4)
    (sentence,) = definition_findings(off, X)
    assert sentence.startswith("The derivative of tanh at x = ")


def test_a_reference_is_a_detached_float64_tensor():
    exact = exactly(X.bfloat16().requires_grad_())
    assert exact.dtype == torch.float64
    assert not exact.requires_grad
