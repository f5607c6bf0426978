"""Outputs with their derivatives, and what a derivative is compared with."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import torch
from torch import Tensor

from bench_service.activations.base import Activation
from bench_service.activations.constants import constants
from bench_service.errors import InputError

REACH, STEP = 30.0, 1e-3
FAR = 1e4
"""A slope that is steeper out here than anywhere within reach has no bound."""


def outputs_and_derivatives(
    function: Callable[[Tensor], Tensor], z: Tensor
) -> tuple[Tensor, Tensor]:
    """H = f(z) and f'(z), both of the shape and dtype of z, by autograd.

    For functions that act on each element alone, with learnt parameters as they stand; a module's
    forward will do. Users' own activations have their derivative from here, and at kinks it is
    what training had. A function without any gradient has 0.
    """
    with torch.enable_grad():
        leaf = z.detach().requires_grad_()
        h = function(leaf)
        if not h.requires_grad:
            return h, torch.zeros_like(z)
        (g,) = torch.autograd.grad(h, leaf, torch.ones_like(h), materialize_grads=True)
    return h.detach(), g


def derivative_scale(activation: Activation, **parameters: float) -> float:
    """What a slope of the activation is compared with: positive and finite.

    sup|f'| where that is known or can be seen; where it is infinite, sqrt(E f'(Z)^2) for a
    standard normal Z, which is the typical slope at initialisation; and 1, the identity's, where
    that doesn't exist either.
    """
    changed = activation.keywords(**parameters)
    if changed:
        activation = dataclasses.replace(
            activation, parameters={**activation.parameters, **changed}
        )
    supremum = math.inf if changed else activation.derivative_supremum
    if not math.isfinite(supremum):
        supremum = _seen_supremum(activation)
    if math.isfinite(supremum) and supremum > 0:
        return supremum
    return _typical_slope(activation)


def _seen_supremum(activation: Activation) -> float:
    """The largest |f'| on a fine grid; infinite where it grows further out."""
    n = round(2 * REACH / STEP) + 1
    near = torch.linspace(-REACH, REACH, n, dtype=torch.float64)
    far = torch.tensor([-FAR, FAR], dtype=torch.float64)
    try:
        with torch.no_grad():
            near_slope, far_slope = (
                activation.derivative(x, **activation.parameters).abs().max().item()
                for x in (near, far)
            )
    except RuntimeError:  # autograd's answer for a user's function that has no gradient
        return math.inf
    return math.inf if far_slope > near_slope * (1 + 1e-9) else near_slope


def _typical_slope(activation: Activation) -> float:
    try:
        second_moment = constants(activation).derivative_second_moment
    except InputError:
        return 1.0
    return math.sqrt(second_moment) if second_moment > 0 else 1.0
