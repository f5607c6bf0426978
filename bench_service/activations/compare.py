"""From two tensors that should agree to a sentence on where they don't."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def same_bits(a: Tensor, b: Tensor) -> bool:
    """True where shape, dtype and every bit agree, so that NaN equals NaN and 0 is not -0."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    bits = BITS[a.element_size()]
    return torch.equal(a.contiguous().view(bits), b.contiguous().view(bits))


def disagreement(
    what: str, x: Tensor, got: Tensor, expected: Tensor, allowed: Tensor
) -> Iterator[str]:
    """A sentence on the worst place where got misses expected by more than allowed, or nothing.

    ``expected`` and ``allowed`` are float64 on one device; ``got`` may be in any dtype and on any
    device. What lies beyond the range of its dtype counts as the largest number there. NaN agrees
    with nothing.
    """
    limit = torch.finfo(got.dtype).max
    measured = got.detach().to(expected).clamp(-limit, limit)
    error = (measured - expected.clamp(-limit, limit)).abs()
    excess = torch.where(error <= allowed, 0.0, (error - allowed).nan_to_num(nan=torch.inf))
    n_wrong = int((excess > 0).sum())
    if n_wrong == 0:
        return
    at = int(excess.argmax())
    yield (
        f"{what}{place(x, at, got)} is {got.flatten()[at].item():.7g} where "
        f"{expected.flatten()[at].item():.7g} is expected, give or take "
        f"{allowed.flatten()[at].item():.1g}; {n_wrong} of {got.numel()} values are wrong."
    )


def place(x: Tensor, at: int, result: Tensor) -> str:
    """Where a flat position of the result lies: the value of x, if x has the same shape."""
    if x.shape != result.shape:
        return f" at position {at}"
    return f" at x = {x.flatten()[at].item():.7g}"


def short_name(dtype: torch.dtype) -> str:
    """The dtype's name without the library's."""
    return str(dtype).removeprefix("torch.")
