"""Is the function the one that is named? Asked before any time is taken.

The function is held against its float64 definition twice: in float64, where a wrong constant or
a wrong branch can't hide, and in the dtype and on the device that will be timed.

Where the tolerances come from. In float64, 1e-7: torch's own kernels hold some constants in
float32 (the slope of hardsigmoid is off by 5e-9) and make softplus straight above 20 (off by
2e-9). In the dtype itself, units in the last place of the larger of result and input: native
kernels round once, composed functions at every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from bench_service.activations.base import Activation, ShapeClass
from bench_service.activations.compare import disagreement, place, same_bits
from bench_service.activations.locate import describe
from bench_service.activations.noise import noise_findings, own_random_numbers
from bench_service.activations.probe import (
    N_CHANNELS,
    magnitudes,
    make_probe,
    near_kinks,
    output_shape,
)

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


def problems(
    activation: Activation,
    *,
    dtype: torch.dtype,
    device: torch.device,
    generator: torch.Generator,
) -> list[str]:
    """What is wrong with the activation, a sentence for each finding; empty if nothing is.

    ``generator``, a generator of the CPU, draws the inputs and the seeds of stochastic functions;
    torch's global generators are left as they were. An exception of the function is a finding.
    """
    check = Check(activation, dtype, device)
    try:
        with own_random_numbers(device), torch.inference_mode(mode=False):
            return list(check.findings(generator))
    except Exception as error:
        return [f"{check.subject} raised {describe(error)}."]


class Check:
    """The questions that are put to one activation in one dtype on one device."""

    def __init__(self, activation: Activation, dtype: torch.dtype, device: torch.device) -> None:
        self.activation = activation
        self.dtype = dtype
        self.device = device
        self.subject = f"{activation.name} in {_short(dtype)} on {device}"
        # Where a device has no float64, its references are computed on the CPU.
        self.exact_device = torch.device("cpu") if device.type == "mps" else device

    def findings(self, generator: torch.Generator) -> Iterator[str]:
        """Sentences; wrong behaviour comes first, and makes the questions after it pointless."""
        x = make_probe(self.activation, self.dtype, generator).to(self.device)
        is_stochastic = self.activation.shape_class is ShapeClass.STOCHASTIC
        wrong_behaviour = list(self._behaviour(x.clone()))
        yield from wrong_behaviour
        if wrong_behaviour:
            return
        if is_stochastic:
            yield from noise_findings(self.activation, x, self.subject, generator)
            yield from self._values(self._evaluated(), x)
            return
        yield from self._definition(x)
        if self.dtype != torch.float64:
            yield from self._values(self._function, self._exact(x))
        yield from self._values(self._function, x)
        yield from self._in_place(x)

    def _function(self, x: Tensor) -> Tensor:
        make = self.activation.tensors
        return self.activation.function(x, **(make(N_CHANNELS, x.dtype, x.device) if make else {}))

    def _evaluated(self) -> Callable[[Tensor], Tensor]:
        return self.activation.module().to(self.device).eval()

    def _exact(self, x: Tensor) -> Tensor:
        return x.detach().to(device=self.exact_device, dtype=torch.float64)

    def _behaviour(self, x: Tensor) -> Iterator[str]:
        """Type, shape, dtype, an untouched input, no NaN, and the same result twice."""
        untouched = x.clone()
        with torch.no_grad():
            first: object = self._function(x)  # a user's function may return anything
            second = self._function(untouched.clone())
        if not isinstance(first, Tensor):
            yield f"{self.subject} returns a {type(first).__name__} where a tensor is expected."
            return
        if not same_bits(x, untouched):
            yield f"{self.subject} changes its input, which has to stay as it was."
        if first.dtype != x.dtype:
            yield f"{self.subject} returns {_short(first.dtype)}, another dtype than its input's."
        shape = output_shape(self.activation, x.shape)
        if first.shape != shape:
            yield (
                f"{self.subject} returns the shape {tuple(first.shape)} for an input of "
                f"{tuple(x.shape)}, where {tuple(shape)} is expected."
            )
            return
        if first.isnan().any():
            at = int(first.isnan().flatten().to(torch.uint8).argmax())
            yield f"{self.subject} returns NaN for a finite input{place(untouched, at, first)}."
        elif self.activation.shape_class is not ShapeClass.STOCHASTIC and not same_bits(
            first, second
        ):
            yield f"{self.subject} returns two results for one input without being stochastic."

    def _values(self, function: Callable[[Tensor], Tensor], x: Tensor) -> Iterator[str]:
        """Output and gradient against definition and derivative, in the dtype of x."""
        exact = self._exact(x)
        subject = f"{self.activation.name} in {_short(x.dtype)} on {x.device}"
        with torch.enable_grad():
            leaf = x.detach().clone().requires_grad_()
            output = function(leaf)
            if not output.requires_grad:
                yield f"The output of {subject} has no gradient with respect to its input."
                return
            (gradient,) = torch.autograd.grad(output, leaf, torch.ones_like(output))
        expected = self.activation.definition(exact, **self.activation.parameters)
        slope = self.activation.derivative(exact, **self.activation.parameters)
        of_output, of_gradient = magnitudes(self.activation, exact)
        yield from _said(
            disagreement(
                f"The output of {subject}",
                exact,
                output.to(self.exact_device),
                expected,
                _allowed(x.dtype, expected, of_output),
            )
        )
        if self.activation.shape_class is ShapeClass.SPATIAL and x.dtype != torch.float64:
            return  # rounding decides which of two neighbours is the larger one
        allowed = _allowed(x.dtype, slope, of_gradient)
        eps = torch.finfo(x.dtype).eps
        allowed[near_kinks(exact, self.activation.kinks, KINK_ULPS * eps)] = torch.inf
        yield from _said(
            disagreement(
                f"The gradient of {subject}", exact, gradient.to(self.exact_device), slope, allowed
            )
        )

    def _definition(self, x: Tensor) -> Iterator[str]:
        """The derivative against finite differences, and elements that don't see one another."""
        if not self.activation.shape_class.keeps_width:
            return
        parameters = self.activation.parameters
        exact = self._exact(x)
        exact = exact[exact.abs().amax(dim=1) <= 8.0]
        middle = self.activation.definition(exact, **parameters)
        alone = self.activation.definition(exact.flatten()[::2], **parameters)
        if not torch.allclose(
            alone, middle.flatten()[::2], rtol=FLOAT64_TOLERANCE, atol=FLOAT64_TOLERANCE
        ):
            yield (
                f"{self.subject} isn't elementwise: its values change when other elements are "
                "left out."
            )
            return
        right = (self.activation.definition(exact + STEP, **parameters) - middle) / STEP
        left = (middle - self.activation.definition(exact - STEP, **parameters)) / STEP
        slope = 0.5 * (left + right)
        allowed = SLOPE_TOLERANCE * (1 + slope.abs())
        allowed[(right - left).abs() > KINK_JUMP * (1 + slope.abs())] = torch.inf
        allowed[near_kinks(exact, self.activation.kinks, 2 * STEP)] = torch.inf
        derivative = self.activation.derivative(exact, **parameters)
        yield from _said(
            disagreement(
                f"The derivative of {self.activation.name}", exact, derivative, slope, allowed
            )
        )

    def _in_place(self, x: Tensor) -> Iterator[str]:
        if self.activation.in_place is None:
            return
        with torch.no_grad():
            overwritten = x.clone()
            returned = self.activation.in_place(overwritten)
            expected = self._function(x)
        if not (same_bits(overwritten, expected) and same_bits(returned, expected)):
            yield f"{self.subject} gives another result in place than out of place."


def _allowed(dtype: torch.dtype, expected: Tensor, magnitude: Tensor) -> Tensor:
    if dtype == torch.float64:
        return FLOAT64_TOLERANCE * expected.abs().clamp(min=1)
    scale = torch.maximum(expected.abs(), magnitude)
    return ULPS * (torch.finfo(dtype).eps * scale + KERNEL_ERROR)


def _said(sentence: str) -> Iterator[str]:
    if sentence:
        yield sentence


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
