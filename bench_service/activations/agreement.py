"""Do output, gradient and derivative agree with the float64 definition.

Where the tolerances come from. In float64, 1e-7: torch's own kernels hold some constants in
float32 (the slope of hardsigmoid is off by 5e-9) and make softplus straight above 20 (off by
2e-9). In other dtypes, units in the last place of the larger of result and input: native
kernels round once, composed functions at every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from bench_service.activations.base import Activation, ShapeClass
from bench_service.activations.compare import disagreement, short_name
from bench_service.activations.probe import GRID_REACH, magnitudes, near_kinks

FLOAT64_TOLERANCE = 1e-7
ULPS = 4.0
"""The catalogue needs 2.1 (the exact GELU in float32, whose 1 + erf cancels)."""
KERNEL_ERROR = 2.0**-23
"""Absolute: some vectorised kernels of float32, which narrower dtypes use too, are no better
near 0 (erf), and numbers below the smallest normal one may become 0."""
KINK_ULPS = 16.0
"""Rounding within a composed function may put a value this close to a kink on its other side."""
STEP = 1e-5
"""Of the finite differences: their error is about 1e-10."""
KINK_JUMP = 1e-3
"""Where the differences to both sides disagree by more, relative to 1, there is a kink."""
SLOPE_TOLERANCE = 1e-5


def exactly(x: Tensor) -> Tensor:
    """X in float64: on its own device, or on the CPU where that device has no float64."""
    device = torch.device("cpu") if x.device.type == "mps" else x.device
    return x.detach().to(device=device, dtype=torch.float64)


def value_findings(
    activation: Activation, function: Callable[[Tensor], Tensor], x: Tensor
) -> Iterator[str]:
    """A sentence where the output or the gradient at x differs from the definition's."""
    exact = exactly(x)
    where = f"{activation.name} in {short_name(x.dtype)} on {x.device}"
    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_()
        output = function(leaf)
        if not output.requires_grad:
            yield f"The output of {where} has no gradient with respect to its input."
            return
        (gradient,) = torch.autograd.grad(output, leaf, torch.ones_like(output))
    with torch.no_grad():
        expected = activation.definition(exact, **activation.parameters)
        slope = activation.derivative(exact, **activation.parameters)
    of_output, of_gradient = magnitudes(activation, exact)
    allowed = _allowed(x.dtype, expected, of_output)
    yield from disagreement(f"The output of {where}", exact, output, expected, allowed)
    if activation.shape_class is ShapeClass.SPATIAL and x.dtype != torch.float64:
        return  # rounding decides which of two neighbours is the larger one
    allowed = _allowed(x.dtype, slope, of_gradient)
    near = near_kinks(exact, activation.kinks, KINK_ULPS * torch.finfo(x.dtype).eps)
    allowed[near] = torch.inf
    yield from disagreement(f"The gradient of {where}", exact, gradient, slope, allowed)


def _allowed(dtype: torch.dtype, expected: Tensor, magnitude: Tensor) -> Tensor:
    if dtype == torch.float64:
        return FLOAT64_TOLERANCE * expected.abs().clamp(min=1)
    scale = torch.maximum(expected.abs(), magnitude)
    return ULPS * (torch.finfo(dtype).eps * scale + KERNEL_ERROR)


@torch.no_grad()
def definition_findings(activation: Activation, x: Tensor) -> Iterator[str]:
    """A sentence where the elements of the definition see one another, or its derivative isn't one.

    The derivative is held against finite differences, away from kinks, declared or not. For
    activations that keep the width; x has two dimensions.
    """
    exact = exactly(x)
    exact = exact[exact.abs().amax(dim=1) <= GRID_REACH]

    def definition(at: Tensor) -> Tensor:
        return activation.definition(at, **activation.parameters)

    middle = definition(exact)
    alone, among = definition(exact.flatten()[::2]), middle.flatten()[::2]
    if not torch.allclose(alone, among, rtol=FLOAT64_TOLERANCE, atol=FLOAT64_TOLERANCE):
        yield (
            f"{activation.name} isn't elementwise: its values change when other elements are "
            "left out."
        )
        return
    right, left = definition(exact + STEP) - middle, middle - definition(exact - STEP)
    slope = (left + right) / (2 * STEP)
    allowed = SLOPE_TOLERANCE * (1 + slope.abs())
    allowed[(right - left).abs() / STEP > KINK_JUMP * (1 + slope.abs())] = torch.inf
    allowed[near_kinks(exact, activation.kinks, 2 * STEP)] = torch.inf
    derivative = activation.derivative(exact, **activation.parameters)
    what = f"The derivative of {activation.name}"
    yield from disagreement(what, exact, derivative, slope, allowed)
