"""Integrals over the standard normal density, for functions with kinks and jumps.

Gauss-Legendre quadrature on intervals that are split at the known kinks and halved where they
haven't converged, which also finds the kinks that nobody declared. Gauss-Hermite quadrature, the
usual choice, is off by 1e-2 for the mean of ReLU at 16 nodes, and by 6e-4 at 256. The integrals
here are good to 1e-12 where the integrand is, and does not exceed 100.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Integrand = Callable[[FloatArray], FloatArray]

REACH = 14.0
"""Beyond this many standard deviations lie 8e-45 of the mass."""
TOLERANCE = 1e-14
"""Absolute, for each interval: the difference between its integral and that of its halves."""
DEEPEST = 60
"""Halvings of one interval: an undeclared jump is then located to the last bit."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)


def integrate(integrand: Integrand, borders: tuple[float, ...] = ()) -> FloatArray:
    """Integrals over the standard normal density of every row that the integrand returns.

    The integrand maps n points to an array of (rows, n). Intervals start with a length of 1 and
    are split at 0 and at the given borders.
    """
    inner = [border for border in borders if abs(border) < REACH]
    edges = np.unique([*np.arange(-REACH, REACH + 1), *inner])
    low, high = edges[:-1], edges[1:]
    whole = _gauss_legendre(integrand, low, high)
    total: FloatArray = np.zeros(len(whole))
    for _ in range(DEEPEST):
        middle = 0.5 * (low + high)
        halves = np.concatenate((low, middle)), np.concatenate((middle, high))
        parts = _gauss_legendre(integrand, *halves)
        left, right = np.split(parts, 2, axis=1)
        open_ = (np.abs(left + right - whole) > TOLERANCE).any(axis=0)
        total += (left + right)[:, ~open_].sum(axis=1)
        if not open_.any():
            return total
        low, high = (half[np.tile(open_, 2)] for half in halves)
        whole = parts[:, np.tile(open_, 2)]
    total += whole.sum(axis=1)
    return total


def _gauss_legendre(integrand: Integrand, low: FloatArray, high: FloatArray) -> FloatArray:
    """Integrals of every row over every interval, of the shape (rows, intervals)."""
    half = 0.5 * (high - low)[:, None]
    z = 0.5 * (high + low)[:, None] + half * NODES
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    values = integrand(z.ravel()).reshape(-1, *z.shape)
    integrals: FloatArray = (values * (density * half * WEIGHTS)).sum(axis=2)
    return integrals
