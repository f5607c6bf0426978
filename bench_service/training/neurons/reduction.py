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

BLOCK = 1 << 16
"""Elements of one tensor in a block on a CPU: as fast as any for 2 MiB of cache."""
FEWEST_INPUTS, MOST_INPUTS = 32, 1024
"""Reduced at once: enough to outweigh what each reduction costs, and few enough for exact counts
and for sums in float32 that are good to some 1e-6."""
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


def inputs_at_once(n_columns: int) -> int:
    """Inputs that a chunk should have, so that one slice of it fits into the cache."""
    return min(max(BLOCK // n_columns, FEWEST_INPUTS), MOST_INPUTS)


def reduce_inputs(
    z: Tensor, h: Tensor, g: Tensor, *, flat_below: float, near_zero_below: Tensor | None
) -> Reduced:
    """Reductions over the inputs of tensors of shape (n_slices, n_inputs, n_columns).

    ``near_zero_below`` has the shape (n_slices,); nothing is near zero where it is None. Moments
    are taken about the first input of each column, so that one that doesn't vary has exactly no
    deviation. Sums are in the dtype of the inputs: counts are exact for 2^24 inputs in float32.
    """
    n_slices, n_inputs, n_columns = z.shape
    step = max(1, BLOCK // (n_inputs * n_columns)) if z.device.type == "cpu" else n_slices
    limits = None if near_zero_below is None else near_zero_below.to(h)[:, None, None]
    rows = []
    for start in range(0, n_slices, step):
        rows_of = slice(start, start + step)
        limit = None if limits is None else limits[rows_of]
        rows.append(_reduce_block(z[rows_of], h[rows_of], g[rows_of], flat_below, limit))
    reduced = torch.cat(rows, dim=1)
    highs, counts, sums = torch.split(reduced, [N_HIGHS, N_COUNTS, 3])
    size, deviation, square = sums.double()
    mean = h[:, 0].double() + deviation / n_inputs
    m2 = (square - deviation.square() / n_inputs).clamp(min=0)
    return Reduced(highs.double(), counts.long(), torch.stack((mean, size, m2)))


def _reduce_block(
    z: Tensor, h: Tensor, g: Tensor, flat_below: float, limit: Tensor | None
) -> Tensor:
    """Of shape (12, n_slices, n_columns): highs, counts, sums of |h|, h - h_0 and (h - h_0)^2.

    One intermediate tensor is written over and over: it is in the cache by then.
    """
    work = torch.abs(g)
    slope = work.amax(1)
    flat = torch.lt(work, flat_below, out=work).sum(1)
    positive = torch.gt(z, 0, out=work).sum(1)
    zero = torch.eq(h, 0, out=work).sum(1)
    size = torch.abs(h, out=work).sum(1)
    near = torch.zeros_like(zero) if limit is None else torch.le(work, limit, out=work).sum(1)
    deviation = torch.sub(h, h[:, :1], out=work).sum(1)
    square = torch.mul(work, work, out=work).sum(1)
    highs = (z.amax(1), h.amax(1), slope, -z.amin(1), -h.amin(1))
    return torch.stack((*highs, positive, zero, flat, near, size, deviation, square))
