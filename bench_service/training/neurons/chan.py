"""Means and squared deviations of parts put together, without going back to the data.

T. Chan, G. Golub and R. LeVeque 1983, Algorithms for computing the sample variance: analysis and
recommendations, The American Statistician 37(3), equation 2.1.
"""

from __future__ import annotations

import torch
from torch import Tensor


def join(one: Tensor, n_one: int, other: Tensor, n_other: int) -> Tensor:
    """Moments of two parts together; of shape (3, ...), as are theirs, in float64.

    The rows are the mean, the sum of sizes, and the summed squares about the mean. A part of no
    values may hold anything finite.
    """
    n = n_one + n_other
    if n == 0:
        return one
    distance = other[0] - one[0]
    mean = one[0] + distance * (n_other / n)
    m2 = one[2] + other[2] + distance.square() * (n_one * n_other / n)
    return torch.stack((mean, one[1] + other[1], m2))


def fold(parts: Tensor, n_each: int) -> Tensor:
    """Moments of all parts along the last dimension together; the parts hold n_each values."""
    mean = parts[0].mean(-1)
    between = n_each * (parts[0] - mean[..., None]).square().sum(-1)
    return torch.stack((mean, parts[1].sum(-1), parts[2].sum(-1) + between))
