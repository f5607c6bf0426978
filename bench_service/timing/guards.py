"""Checks before any time is taken: a wrong function gets no time."""

from __future__ import annotations

import torch
from torch import Tensor

from bench_service.activations import Activation, ShapeClass
from bench_service.activations.check import problems
from bench_service.result import Pass
from bench_service.timing.passes import Workpiece

# The grid check covers the function; this many elements of the real input cover its compiled form.
N_COMPARED = 1 << 14

# Relative to max(1, |expected|): a few units in the last place of each dtype, and room for the
# reordered arithmetic of fused kernels.
TOLERANCE = {
    torch.float64: 1e-11,
    torch.float32: 1e-5,
    torch.float16: 4e-3,
    torch.bfloat16: 3e-2,
}


def reason_against(activation: Activation, dtype: torch.dtype, device: torch.device) -> str:
    """Why the function may not be timed, as sentences; empty where nothing was found."""
    if activation.shape_class is ShapeClass.SPATIAL:
        return f"{activation.name} looks at neighbours in an image; it isn't timed on flat tensors."
    generator = torch.Generator(device="cpu").manual_seed(0)
    found = problems(activation, dtype=dtype, device=device, generator=generator)
    return " ".join(found)


def reason_against_compiled(activation: Activation, piece: Workpiece) -> str:
    """Why the compiled function may not be timed: it differs from the definition on the input."""
    if activation.shape_class is ShapeClass.STOCHASTIC:
        return ""
    with torch.no_grad():
        got = piece.function(piece.x).flatten()[:N_COMPARED].double()
        expected = activation.definition(piece.x.double()).flatten()[:N_COMPARED]
    error = ((got - expected).abs() / expected.abs().clamp(min=1)).max().item()
    if error <= TOLERANCE[piece.x.dtype]:
        return ""
    return (
        f"The compiled {activation.name} differs from its float64 definition by {error:.2g} "
        f"(relative); allowed are {TOLERANCE[piece.x.dtype]:.2g}."
    )


def hands_through(piece: Workpiece, pass_name: Pass) -> bool:
    """True where the pass returns what it was given and moves nothing: x, or x + 1 backward.

    Such a call may be faster than any copy, and even than a call through a view.
    """
    output = piece.function(piece.x)
    is_through = output.data_ptr() == piece.x.data_ptr()
    if pass_name is Pass.FORWARD:
        return is_through
    given = piece.gradient_like(output)
    gradients: tuple[Tensor | None, ...] = torch.autograd.grad(
        output, (piece.x,), given, allow_unused=True
    )
    passes_on = all(found is None or found.data_ptr() == given.data_ptr() for found in gradients)
    return passes_on and (is_through or pass_name is Pass.BACKWARD)


def saved_bytes_per_element(piece: Workpiece) -> float:
    """Bytes that one call keeps for its backward pass, per element of the input.

    Storage shared with the input or the output counts as nothing: the layers around keep those.
    """
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(note, lambda t: t):
        x = piece.x.detach().requires_grad_()
        output = piece.function(x)
    for free in (x, output, *piece.leaves):
        kept.pop(free.untyped_storage().data_ptr(), None)
    return sum(kept.values()) / x.numel()
