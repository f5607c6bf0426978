"""ReLU networks written down instead of trained: what can be reached, and its exact error."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ShallowNetwork:
    """sum_i heights_i * relu(slopes_i * x + biases_i): tensors of shape (n_units,), float64."""

    slopes: Tensor
    biases: Tensor
    heights: Tensor

    @property
    def n_units(self) -> int:
        """Hidden units."""
        return len(self.slopes)

    def __call__(self, x: Tensor) -> Tensor:
        """A tensor of the shape of x."""
        hidden = (self.slopes * x[..., None] + self.biases).clamp(min=0)
        return hidden @ self.heights


def absolute_value() -> ShallowNetwork:
    """|x| = relu(x) + relu(-x): exact everywhere, by two units."""
    return ShallowNetwork(_numbers(1, -1), _numbers(0, 0), _numbers(1, 1))


def square(n_pieces: int) -> ShallowNetwork:
    """x^2 on [0, 1] by its chords over n_pieces equal pieces, a unit each.

    The largest error is 1 / (4 n_pieces^2), in the middle of each piece; no function of as many
    straight pieces has less than half of that.
    """
    knots = torch.arange(n_pieces, dtype=torch.float64) / n_pieces
    heights = torch.full_like(knots, 2 / n_pieces)
    heights[0] = 1 / n_pieces
    return ShallowNetwork(torch.ones_like(knots), -knots, heights)


def square_error(n_pieces: int) -> float:
    """The largest error of ``square``."""
    return 1 / (4 * n_pieces**2)


def sawtooth_square(x: Tensor, n_levels: int) -> Tensor:
    """x^2 on [0, 1] by n_levels layers of two units: a tensor of the shape of x.

    x - sum_s tooth^s(x) / 4^s, where tooth goes from 0 up to 1 at a half and down to 0 at 1, and
    tooth^s is its s-th iterate. The largest error is 2^(-2 n_levels - 2), which one layer needs
    2^n_levels units for. M. Telgarsky 2015, arXiv:1509.08101; D. Yarotsky 2017, arXiv:1610.01145,
    proposition 2.
    """
    tooth, found = x, x
    for level in range(1, n_levels + 1):
        tooth = 2 * tooth.clamp(min=0) - 4 * (tooth - 0.5).clamp(min=0)
        found = found - tooth / 4**level
    return found


def sawtooth_square_error(n_levels: int) -> float:
    """The largest error of ``sawtooth_square``."""
    return 0.25 ** (n_levels + 1)


def _numbers(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)
