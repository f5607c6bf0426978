"""Checks before any time is taken: a wrong function gets no time."""

from __future__ import annotations

import torch
from torch import Tensor

from bench_service.activations import Activation, ShapeClass
from bench_service.activations.agreement import FLOAT64_TOLERANCE, KINK_ULPS, exactly
from bench_service.activations.check import problems
from bench_service.activations.probe import near_kinks
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
    """Why the compiled function may not be timed, as sentences; empty where nothing was found.

    Its values on the real input are held against the definition's and, where the pass takes a
    gradient, that against the analytic derivative. A function with noise has neither.
    """
    if activation.shape_class is ShapeClass.STOCHASTIC:
        return ""
    x = piece.x
    rows = slice(max(1, N_COMPARED // x[0].numel()))
    exact = exactly(x[rows])
    with torch.set_grad_enabled(x.requires_grad):
        output = piece.function(x)
    expected = activation.definition(exact)
    found = _difference(activation, "", exactly(output[rows]), expected, TOLERANCE[x.dtype])
    if x.requires_grad:
        found = found or _reason_against_gradient(activation, piece, output, exact, rows)
    return found


def _reason_against_gradient(
    activation: Activation, piece: Workpiece, output: Tensor, exact: Tensor, rows: slice
) -> str:
    if not output.requires_grad:
        return f"The compiled {activation.name} has no gradient with respect to its input."
    # Where one value reaches several outputs, the derivative is that for a gradient of ones.
    keeps_width = activation.shape_class.keeps_width
    given = piece.gradient_like(output) if keeps_width else torch.ones_like(output)
    (gradient,) = torch.autograd.grad(output, (piece.x,), given, materialize_grads=True)
    factor = exactly(given[rows]) if keeps_width else 1.0
    got, expected = exactly(gradient[rows]), factor * activation.derivative(exact)
    # Rounding decides which side of a kink a value within the function lies on.
    eps = torch.finfo(piece.x.dtype).eps
    clear = ~near_kinks(exact, activation.kinks, KINK_ULPS * eps)
    # Kernels hold some constants in float32 (agreement.py).
    allowed = max(TOLERANCE[piece.x.dtype], FLOAT64_TOLERANCE)
    return _difference(activation, "'s gradient", got[clear], expected[clear], allowed)


def _difference(
    activation: Activation, what: str, got: Tensor, expected: Tensor, allowed: float
) -> str:
    """A sentence where got, relative to what is expected or 1, is off by more than allowed."""
    errors = (got - expected).abs() / expected.abs().clamp(min=1)
    # Not `>`: NaN agrees with nothing.
    if bool((errors <= allowed).all()):
        return ""
    return (
        f"The compiled {activation.name}{what} differs from its float64 definition by "
        f"{errors.max().item():.2g} (relative); allowed are {allowed:.2g}."
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
