"""What is timed of an activation: each pass prepares once and returns the call to be timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from bench_service.result import Pass
from bench_service.timing.stopwatch import Call


@dataclass(frozen=True)
class Workpiece:
    """A function bound to what it works on.

    ``function(x)`` is what runs; ``leaves`` are the tensors that a backward pass differentiates
    with respect to: the input and the learnt parameters.
    """

    function: Callable[[Tensor], Tensor]
    x: Tensor
    leaves: tuple[Tensor, ...]
    gradients: dict[torch.Size, Tensor] = field(default_factory=dict)
    """Output gradients by shape: entries that share this dictionary share the tensors."""

    def gradient_like(self, output: Tensor) -> Tensor:
        """A contiguous standard normal gradient of the output's shape, from a fixed seed."""
        if output.shape not in self.gradients:
            generator = torch.Generator().manual_seed(0)
            drawn = torch.randn(output.shape, generator=generator)
            self.gradients[output.shape] = drawn.to(device=output.device, dtype=output.dtype)
        return self.gradients[output.shape]


# Bytes of a pass per element and byte of itemsize, when input and output have the same size:
# forward reads x and writes y; backward reads the output gradient and what was saved, and writes
# the input gradient.
TENSORS_MOVED = {Pass.FORWARD: 2, Pass.BACKWARD: 3, Pass.FORWARD_BACKWARD: 5}


def forward(piece: Workpiece) -> Call:
    """The call ``function(x)``; recording for backward is off in the whole child."""
    return partial(piece.function, piece.x)


def backward(piece: Workpiece) -> Call:
    """The gradient alone: ``autograd.grad`` with a fixed contiguous output gradient.

    Not through a reduction, whose gradient is an expanded scalar that takes another kernel, and
    without accumulation, which would add a kernel of its own.
    """
    output = piece.function(piece.x)
    return partial(
        torch.autograd.grad,
        output,
        piece.leaves,
        piece.gradient_like(output),
        retain_graph=True,
        allow_unused=True,
    )


def forward_backward(piece: Workpiece) -> Call:
    """Forward with recording, then the gradient, freeing the graph as training does."""
    function, x, leaves = piece.function, piece.x, piece.leaves
    gradient = piece.gradient_like(function(x))
    grad = torch.autograd.grad

    def call() -> tuple[Tensor, ...]:
        return grad(function(x), leaves, gradient, allow_unused=True)

    return call


PASSES: dict[Pass, Callable[[Workpiece], Call]] = {
    Pass.FORWARD: forward,
    Pass.BACKWARD: backward,
    Pass.FORWARD_BACKWARD: forward_backward,
}


def needs_gradient(pass_name: str) -> bool:
    """True where the pass records for a backward pass."""
    return Pass(pass_name) is not Pass.FORWARD
