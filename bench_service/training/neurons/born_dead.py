"""Networks that are constant before their first step: what theory says, and a simulation.

A network is born dead where all units of some hidden layer are 0 on all inputs: L. Lu, Y. Shin,
Y. Su and G. Karniadakis 2019, Dying ReLU and initialization: theory and numerical examples,
arXiv:1903.06733. Weights are symmetric and independent, biases 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

NETS_AT_ONCE = 1 << 14
TWO_RAYS = ((1.0,), (-1.0,))
"""Inputs that stand for all numbers: without biases, ReLU networks are linear on either side."""


def single_input_probability(width: int, n_hidden: int) -> float:
    """P(born dead) on one input for ReLU: 1 - (1 - 2^-width)^n_hidden, exact.

    Each layer that has a living input is dead with probability 2^-width, whatever came before.
    """
    return -math.expm1(n_hidden * math.log1p(-(2.0**-width)))


def two_ray_bounds(width: int, depth: int) -> tuple[float, float]:
    """Lower and upper bound of P(born dead) for ReLU, one input dimension, numbers of both signs.

    Those of Lu et al. 2019; ``depth`` counts the output layer: depth - 1 hidden layers, at least
    2. At depth 3 the lower bound is the probability itself.
    """
    half = 2.0**-width
    a1 = 1 - half
    a2 = 1 - 2 * half - (width - 1) * half**2
    upper = 1 - a1 ** (depth - 2)
    mixed = (1 - 2 * half) * (1 - half) / (1 + (width - 1) * half)
    return upper + mixed * (a2 ** (depth - 2) - a1 ** (depth - 2)), upper


def born_dead_nets(
    function: Callable[[Tensor], Tensor],
    *,
    inputs: Tensor,
    width: int,
    n_hidden: int,
    n_nets: int,
    generator: torch.Generator,
) -> Tensor:
    """Which of n_nets random networks are born dead: bool of shape (n_nets,).

    ``inputs`` has the shape (n_inputs, n_features) and float64, so that no product of slopes
    underflows. Weights are normal with variance 2 / fan_in; only their signs matter for ReLU.
    """
    found = []
    for start in range(0, n_nets, NETS_AT_ONCE):
        n = min(NETS_AT_ONCE, n_nets - start)
        h = inputs.expand(n, *inputs.shape)
        dead = torch.zeros(n, dtype=torch.bool)
        for _ in range(n_hidden):
            shape = (n, h.shape[2], width)
            weight = torch.randn(shape, generator=generator, dtype=inputs.dtype)
            h = function(torch.bmm(h, weight) * math.sqrt(2 / h.shape[2]))
            dead |= (h == 0).flatten(1).all(1)
        found.append(dead)
    return torch.cat(found)
