"""What an activation does to a standard normal input: the numbers that initialisation needs."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import torch

from bench_service.activations.base import ACTIVATIONS, Activation
from bench_service.activations.quadrature import FloatArray, Integrand, integrate
from bench_service.errors import ActivationError, InputError


@dataclass(frozen=True, kw_only=True)
class Constants:
    """Moments of f(Z) and f'(Z) for a standard normal Z, and what follows from them.

    Stochastic activations have the values of evaluation mode, learnt ones those of their start.
    """

    mean: float
    """E f(Z)."""
    second_moment: float
    """E f(Z)^2."""
    derivative_second_moment: float
    """E f'(Z)^2, with f' as defined almost everywhere."""
    zero_probability: float
    """P(f(Z) = 0), which is also the sparsity at initialisation."""
    variance_slope: float
    """Slope at q = 1 of q -> gain^2 E f(sqrt(q) Z)^2: above 1, variance drifts away."""

    @property
    def gain(self) -> float:
        """1 / sqrt(E f^2): weights of variance gain^2 / fan_in keep the second moment."""
        return 1 / math.sqrt(self.second_moment)

    @property
    def gamma(self) -> float:
        """1 / std f: the scale of normaliser-free networks, where weights have zero mean."""
        variance = self.second_moment - self.mean**2
        return 1 / math.sqrt(variance) if variance > 0 else math.inf

    @property
    def chi(self) -> float:
        """E f'^2 / E f^2: the factor by which a layer at that gain scales gradient variance."""
        return self.derivative_second_moment / self.second_moment


def constants(activation: str | Activation) -> Constants:
    """The constants of a registered name or of an activation, for its default parameters.

    InputError for activations that change the width or look at neighbours, and for those whose
    output is 0 or not finite for a standard normal input; UnknownNameError for an unknown name.
    """
    if isinstance(activation, str):
        return _registered(activation)
    if activation.name in ACTIVATIONS and ACTIVATIONS.get(activation.name) is activation:
        return _registered(activation.name)
    return _compute(activation)


def gain(activation: str | Activation) -> float:
    """1 / sqrt(E f(Z)^2): the factor on 1 / sqrt(fan_in) that keeps the second moment.

    Errors as for ``constants``.
    """
    return constants(activation).gain


@functools.cache
def _registered(name: str) -> Constants:
    return _compute(ACTIVATIONS.get(name))


def _compute(activation: Activation) -> Constants:
    if not activation.shape_class.keeps_width:
        raise InputError(
            f"The activation {activation.name!r} has no gain: its output depends on more than one "
            "input.",
            got=f"shape class {activation.shape_class}",
            allowed="activations that act on each element alone",
            next_step="initialise the layers around it by hand",
        )
    integrals = integrate(_integrand(activation), activation.kinks)
    mean, second, slope, zero, spread = (float(integral) for integral in integrals)
    if not (math.isfinite(second) and math.isfinite(slope)) or second <= 0:
        raise InputError(
            f"The activation {activation.name!r} has no gain for a standard normal input.",
            got=f"mean square {second:.3g} of its output and {slope:.3g} of its derivative",
            allowed="a finite mean square above 0",
            next_step="choose another initialisation than by gain",
        )
    return Constants(
        mean=mean,
        second_moment=second,
        derivative_second_moment=slope,
        zero_probability=zero,
        # Stein's identity, which holds where f jumps: the slope is E[(Z^2 - 1) f^2] / (2 E f^2).
        variance_slope=spread / (2 * second),
    )


def _integrand(activation: Activation) -> Integrand:
    """Of z: f, f^2, f'^2, 1[f = 0] and (z^2 - 1) f^2, one below the other."""

    def evaluate(z: FloatArray) -> FloatArray:
        x = torch.from_numpy(z)
        try:
            with torch.no_grad():
                f = activation.definition(x, **activation.parameters)
                slope = activation.derivative(x, **activation.parameters)
            value, rate = f.numpy(), slope.numpy()
        except Exception as error:
            raise ActivationError(
                f"The activation {activation.name!r} can't be evaluated in float64.",
                got=f"{type(error).__name__}: {error}",
                next_step="make it accept a float64 tensor of one dimension",
            ) from error
        square = value**2
        rows: FloatArray = np.stack((value, square, rate**2, value == 0, (z**2 - 1) * square))
        return rows

    return evaluate
