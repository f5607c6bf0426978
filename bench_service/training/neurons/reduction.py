"""Outputs of a layer in, a few numbers a unit out.

Each reduction is a kernel of its own, so what costs is memory traffic: tensors are taken in blocks
that stay in a core's second-level cache together with their intermediate results. ``amax`` and
``amin`` along an inner dimension are five times as fast as ``aminmax``, and a comparison into
floats with their sum is five times as fast as ``count_nonzero``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

BLOCK = 1 << 17
"""Elements of one tensor in a block on a CPU: the fastest power of two for 2 MiB of cache."""
FEWEST_COLUMNS = 64
"""Of a block that isn't as wide as the layer: narrower ones waste cache lines."""
N_HIGHS, N_COUNTS = 5, 4


@dataclass(frozen=True)
class Reduced:
    """What is left of a chunk: tensors whose last dimensions are (n_slices, n_columns)."""

    highs: Tensor
    """Of shape (5, ...), float64: maxima of z, h, |g|, -z and -h."""
    counts: Tensor
    """Of shape (4, ...), int64: how often z > 0, h = 0, |g| is flat, |h| is near zero."""
    moments: Tensor
    """Of shape (3, ...), float64: mean of h, sum of |h|, summed squares of h about its mean."""


def reduce_inputs(
    z: Tensor, h: Tensor, g: Tensor, *, flat_below: float, near_zero_below: Tensor
) -> Reduced:
    """Reductions over the inputs of tensors of shape (n_slices, n_inputs, n_columns).

    ``near_zero_below`` has the shape (n_slices,). Moments are taken about the first input of each
    column, so that one that doesn't vary has exactly no deviation. Sums are in the dtype of the
    inputs: counts are exact for 2^24 inputs in float32.
    """
    n_slices, n_columns = _block_shape(z)
    limit = near_zero_below.to(h)[:, None, None].expand(-1, 1, z.shape[2])
    rows = []
    for row in zip(*(torch.split(x, n_slices) for x in (z, h, g, limit)), strict=True):
        blocks = zip(*(torch.split(x, n_columns, dim=2) for x in row), strict=True)
        rows.append(
            torch.cat([_reduce_block(*block, flat_below=flat_below) for block in blocks], dim=2)
        )
    reduced = torch.cat(rows, dim=1)
    highs, counts, sums = torch.split(reduced, [N_HIGHS, N_COUNTS, 3])
    size, deviation, square = sums.double()
    mean = h[:, 0].double() + deviation / z.shape[1]
    m2 = (square - deviation.square() / z.shape[1]).clamp(min=0)
    return Reduced(highs.double(), counts.long(), torch.stack((mean, size, m2)))


def _reduce_block(z: Tensor, h: Tensor, g: Tensor, limit: Tensor, *, flat_below: float) -> Tensor:
    """Of shape (12, n_slices, n_columns): highs, counts, sums of |h|, h - h_0 and (h - h_0)^2."""
    first, second = torch.empty_like(h), torch.empty_like(h)
    torch.abs(g, out=first)
    slope = first.amax(1)
    flat = torch.lt(first, flat_below, out=second).sum(1)
    z_high, z_low = z.amax(1), z.amin(1)
    positive = torch.gt(z, 0, out=first).sum(1)
    h_high, h_low = h.amax(1), h.amin(1)
    zero = torch.eq(h, 0, out=first).sum(1)
    torch.abs(h, out=first)
    size = first.sum(1)
    near = torch.le(first, limit, out=second).sum(1)
    torch.sub(h, h[:, :1], out=first)
    deviation = first.sum(1)
    square = torch.mul(first, first, out=second).sum(1)
    highs = (z_high, h_high, slope, -z_low, -h_low)
    return torch.stack((*highs, positive, zero, flat, near, size, deviation, square))


def _block_shape(z: Tensor) -> tuple[int, int]:
    """Slices and columns of a block: all of them on a GPU, where every call has its price."""
    n_slices, n_inputs, n_columns = z.shape
    if z.device.type != "cpu":
        return n_slices, n_columns
    fitting = max(FEWEST_COLUMNS, BLOCK // n_inputs)
    if fitting < n_columns:
        return 1, fitting
    return max(1, fitting // n_columns), n_columns
