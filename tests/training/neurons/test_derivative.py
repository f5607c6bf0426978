"""Derivatives by autograd against the catalogue's, and what slopes are compared with."""

from __future__ import annotations

import math

import pytest
import torch

from bench_service.activations import ACTIVATIONS
from bench_service.activations.adopt import as_activation
from bench_service.training.neurons.derivative import derivative_scale, outputs_and_derivatives

KEEPING = [a for a in ACTIVATIONS if a.shape_class.keeps_width]


@pytest.mark.parametrize("activation", KEEPING, ids=lambda a: a.name)
def test_autograd_has_the_outputs_and_derivatives_of_the_catalogue(activation):
    """Kinks included, where torch's convention counts; a module as a model would hold it."""
    z = torch.cat((torch.linspace(-9, 9, 721), torch.tensor(activation.kinks))).double()
    h, g = outputs_and_derivatives(activation.module().double().eval(), z[:, None])
    torch.testing.assert_close(h[:, 0], activation.definition(z), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(g[:, 0], activation.derivative(z), rtol=1e-6, atol=1e-6)


def test_a_learnt_slope_counts_as_it_stands_and_not_as_it_started():
    module = torch.nn.PReLU(init=0.7)
    _, g = outputs_and_derivatives(module, torch.tensor([[-2.0, 3.0]]))
    assert g.tolist() == [[pytest.approx(0.7), 1.0]]
    assert module.weight.grad is None


def test_a_function_without_any_gradient_has_a_derivative_of_zero():
    z = torch.tensor([[1.0, -1.0]])
    learnt = torch.tensor([2.0], requires_grad=True)
    functions = (torch.ones_like, lambda z: z.detach() * 2, torch.sign, learnt.expand_as)
    for function in functions:
        h, g = outputs_and_derivatives(function, z)
        assert torch.equal(h, function(z))
        assert torch.equal(g, torch.zeros_like(z))
        assert not h.requires_grad


@pytest.mark.parametrize("activation", KEEPING, ids=lambda a: a.name)
def test_every_activation_has_a_positive_and_finite_scale(activation):
    scale = derivative_scale(activation)
    assert 0 < scale < 10
    if math.isfinite(activation.derivative_supremum):
        assert scale == activation.derivative_supremum


def test_an_unbounded_slope_is_compared_with_its_typical_size():
    """ReLU squared: E (2 Z)^2 over Z > 0 is 2; a cubic: E (3 Z^2)^2 is 27."""
    assert derivative_scale(ACTIVATIONS.get("relu2")) == pytest.approx(math.sqrt(2))
    cubic = as_activation(lambda x: x**3, "cubic")
    assert derivative_scale(cubic) == pytest.approx(math.sqrt(27))


def test_other_parameters_have_another_supremum():
    """ELU with alpha 2 has its steepest slope just below 0: 2 exp(0)."""
    elu = ACTIVATIONS.get("elu")
    assert derivative_scale(elu) == derivative_scale(elu, alpha=1.0) == 1
    assert derivative_scale(elu, alpha=2.0) == pytest.approx(2, rel=2e-3)
    leaky = ACTIVATIONS.get("leaky_relu")
    assert derivative_scale(leaky, negative_slope=0.2) == 1
    assert derivative_scale(leaky, negative_slope=3.0) == 3


def test_a_users_activation_has_the_supremum_that_can_be_seen():
    sigmoid = as_activation(torch.sigmoid, "mine")
    assert sigmoid.derivative_supremum == math.inf
    assert derivative_scale(sigmoid) == pytest.approx(0.25)


def test_a_function_that_is_flat_everywhere_is_compared_with_the_identity():
    assert derivative_scale(as_activation(torch.zeros_like, "none")) == 1
    assert derivative_scale(as_activation(torch.sign, "sign")) == 1
