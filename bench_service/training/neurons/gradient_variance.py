"""The factor by which a layer scales the variance of gradients at initialisation.

K. He et al. 2015, arXiv:1502.01852, for ReLU; S. Schoenholz, J. Gilmer, S. Ganguli and J.
Sohl-Dickstein 2017, Deep information propagation, arXiv:1611.01232, for wide networks. With weights
of variance s / fan_in and pre-activations of variance q, the factor is chi = s E f'(sqrt(q) Z)^2,
and the next layer's q is s E f(sqrt(q) Z)^2, for a standard normal Z.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from bench_service.activations.base import Activation
from bench_service.activations.constants import constants
from bench_service.errors import InputError
from bench_service.seeds import seed_of

WEIGHT_VARIANCES: Mapping[str, Callable[[Activation], float]] = {
    "gain": lambda activation: constants(activation).gain ** 2,
    "he": lambda _activation: 2.0,
    "torch_default": lambda _activation: 1 / 3,  # uniform on +-1 / sqrt(fan_in)
}
"""Variance of a weight times fan_in by initialisation policy."""


def variance_factors(gradients: Sequence[Tensor]) -> Tensor:
    """Measured chi of each layer but the last: float64 of shape (n_slices, n_layers - 1).

    ``gradients`` are those of the loss by the pre-activations of each layer, the first one first,
    of shape (n_slices, n_inputs, ...). Ratios are of squared norms and not of means, so that with
    variances by fan_in the layers' widths don't matter. NaN where no gradient comes from above.
    """
    norms = torch.stack([of.flatten(1).double().square().sum(1) for of in gradients], dim=1)
    above = norms[:, 1:]
    return (norms[:, :-1] / above).masked_fill(above == 0, torch.nan)


def predicted_factors(activation: Activation, depth: int, init: str) -> list[float]:
    """Predicted chi of each layer but the last, for infinite width: depth - 1 numbers.

    With ``gain`` all are E f'^2 / E f^2, as the variance stays 1. InputError for an activation
    that has no constants, and for an unknown policy.
    """
    scale = _weight_variance(activation, init)
    variance, factors = 1.0, []
    for _ in range(depth - 1):
        of = constants(_stretched(activation, math.sqrt(variance)))
        factors.append(scale * of.derivative_second_moment)
        variance = scale * of.second_moment
    return factors


def measured_factors(
    activation: Activation,
    *,
    width: int,
    depth: int,
    init: str,
    seeds: Sequence[int],
    n_inputs: int = 512,
) -> Tensor:
    """Chi of each layer but the last in plain networks: float64 of shape (n_seeds, depth - 1).

    Standard normal inputs, equal widths, no biases, the first layer with weights of variance
    1 / width, and a standard normal gradient at the last pre-activation. One seed has the same
    unit normal weights for every activation. InputError as for ``predicted_factors``.
    """
    scale = _weight_variance(activation, init)
    module = activation.module().eval()
    draws = [_normal(seeds, layer, (width, width)) for layer in range(depth)]
    z = [torch.bmm(_normal(seeds, -1, (n_inputs, width)), draws[0]) / math.sqrt(width)]
    z[0].requires_grad_()
    for weight in draws[1:]:
        z.append(torch.bmm(module(z[-1]), weight) * math.sqrt(scale / width))
    incoming = _normal(seeds, depth, (n_inputs, width))
    return variance_factors(torch.autograd.grad(z[-1], z, incoming))


def _weight_variance(activation: Activation, init: str) -> float:
    if init not in WEIGHT_VARIANCES:
        raise InputError(
            f"There is no initialisation {init!r}.",
            got=init,
            allowed=", ".join(WEIGHT_VARIANCES),
            next_step="pick one of the above",
        )
    return WEIGHT_VARIANCES[init](activation)


def _stretched(activation: Activation, by: float) -> Activation:
    """The map x -> f(by x) with f' as its derivative: pre-activations of another variance."""
    if by == 1:
        return activation
    return dataclasses.replace(
        activation,
        definition=lambda x, **keywords: activation.definition(by * x, **keywords),
        derivative=lambda x, **keywords: activation.derivative(by * x, **keywords),
        kinks=tuple(kink / by for kink in activation.kinks),
    )


def _normal(seeds: Sequence[int], layer: int, shape: tuple[int, int]) -> Tensor:
    """Standard normal numbers of each seed, of shape (n_seeds, *shape)."""
    drawn = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed_of(seed, "gradient variance", str(layer)))
        drawn.append(torch.randn(shape, generator=generator))
    return torch.stack(drawn)
