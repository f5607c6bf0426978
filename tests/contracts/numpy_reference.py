"""Every activation in NumPy, from its formula, and its slope without writing a derivative.

The formulas are analytic on each of their pieces, and the piece is chosen by the real part. So
they also take complex numbers, and the imaginary part of f(x + ih) / h is f'(x) to the last bits:
the slopes here owe nothing to anyone's differentiation. Good for |x| up to 30.
"""

from __future__ import annotations

import numpy as np
from scipy.special import erf

TINY = 1e-30


def _logistic(z):
    return 1 / (1 + np.exp(-z))


def _log_one_plus_exp(z):
    return np.where(
        z.real > 0, z + np.log(1 + np.exp(-_side(z, 1))), np.log(1 + np.exp(_side(z, -1)))
    )


def _side(z, sign):
    """z where its sign is the given one, and 0 elsewhere: the other piece can't overflow."""
    return np.where(sign * z.real >= 0, z, 0)


def _positive(z):
    return np.where(z.real > 0, z, 0)


def _bent(slope):
    return lambda z: np.where(z.real > 0, z, slope * z)


def _clip(z, low, high):
    return np.where(z.real <= low, low, np.where(z.real >= high, high, z))


def _elu(alpha):
    return lambda z: np.where(z.real > 0, z, alpha * (np.exp(_side(z, -1)) - 1))


def _selu(z):
    return 1.0507009873554804934193349852946 * _elu(1.6732632423543772848170429916717)(z)


def _isrlu(z):
    return np.where(z.real >= 0, z, z / np.sqrt(1 + z * z))


def _gelu(z):
    return z * 0.5 * (1 + erf(z / np.sqrt(2)))


def _gelu_tanh(z):
    return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))


def _penalized_tanh(z):
    return np.where(z.real > 0, np.tanh(z), 0.25 * np.tanh(z))


def _softsign(z):
    return z / (1 + np.where(z.real > 0, z, -z))


def _hardshrink(z):
    return np.where(np.abs(z.real) > 0.5, z, 0)


def _softshrink(z):
    return np.where(z.real > 0.5, z - 0.5, np.where(z.real < -0.5, z + 0.5, 0))


VALUES = {
    "relu": _positive,
    "relu6": lambda z: _clip(z, 0, 6),
    "relu1": lambda z: _clip(z, 0, 1),
    "thresholded_relu": lambda z: np.where(z.real > 1, z, 0),
    "leaky_relu": _bent(0.01),
    "abs": lambda z: np.where(z.real > 0, z, -z),
    "srelu_shifted": lambda z: np.where(z.real > -1, z, -1),
    "relu2": lambda z: _positive(z) ** 2,
    "starrelu": lambda z: 0.8944 * _positive(z) ** 2 - 0.4472,
    "prelu_shared": _bent(0.25),
    "prelu_channel": _bent(0.25),
    "flexible_frelu": _positive,
    "rrelu": _bent(11 / 48),
    "nrelu": _positive,
    "elu": _elu(1.0),
    "selu": _selu,
    "celu": _elu(1.0),
    "isrlu": _isrlu,
    "softplus": _log_one_plus_exp,
    "squareplus": lambda z: (z + np.sqrt(z * z + 4)) / 2,
    "logsigmoid": lambda z: -_log_one_plus_exp(-z),
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "quick_gelu": lambda z: z * _logistic(1.702 * z),
    "silu": lambda z: z * _logistic(z),
    "swish_beta": lambda z: z * _logistic(z),
    "mish": lambda z: z * np.tanh(_log_one_plus_exp(z)),
    "lisht": lambda z: z * np.tanh(z),
    "hardswish": lambda z: z * _clip(z + 3, 0, 6) / 6,
    "hard_mish": lambda z: 0.5 * z * _clip(z + 2, 0, 2),
    "hardsigmoid": lambda z: _clip(z + 3, 0, 6) / 6,
    "hardtanh": lambda z: _clip(z, -1, 1),
    "flatten_t_swish": lambda z: _positive(z) * _logistic(z) - 0.2,
    "sigmoid": _logistic,
    "tanh": np.tanh,
    "penalized_tanh": _penalized_tanh,
    "softsign": _softsign,
    "erf": erf,
    "hardshrink": _hardshrink,
    "softshrink": _softshrink,
    "tanhshrink": lambda z: z - np.tanh(z),
    "identity": lambda z: z,
    "sine": np.sin,
}
"""Of one element each, in evaluation mode, at default parameters, learnt ones at their start."""

GATES = {
    "glu": _logistic,
    "bilinear": lambda z: z,
    "reglu": _positive,
    "geglu": _gelu,
    "swiglu": lambda z: z * _logistic(z),
}
"""What the gate half goes through before it multiplies the value half."""


def value(name, x):
    """f(x) in float64, in the shape of x."""
    return np.asarray(VALUES[name](np.asarray(x, dtype=complex)).real)


def slope(name, x):
    """f'(x) in float64, away from kinks, by the complex step."""
    return _complex_step(VALUES[name], x)


def _complex_step(function, x):
    return np.asarray(function(np.asarray(x) + 1j * TINY).imag / TINY)


def gated(name, x):
    """The value half times the gate's function of the gate half, along the last dimension."""
    first, second = np.split(x, 2, axis=-1)
    return first * GATES[name](second.astype(complex)).real


def gated_slope(name, x):
    """d sum(gated) / d x in the shape of x."""
    first, second = np.split(x, 2, axis=-1)
    return np.concatenate(
        (GATES[name](second.astype(complex)).real, first * _complex_step(GATES[name], second)), -1
    )


def crelu(x):
    """Both rectified halves along dimension 1."""
    return np.concatenate((np.maximum(x, 0), np.maximum(-x, 0)), axis=1)


def funnel(x):
    """max(x, mean of 9 neighbours / sqrt(1 + 1e-5)), zeros outside, for (N, C, H, W)."""
    return np.maximum(x, funnel_neighbours(x))


def funnel_neighbours(x):
    """The mean over 3 x 3 neighbours as batch normalisation at its start scales it."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    rows, columns = x.shape[-2:]
    total = np.zeros_like(x)
    for i in range(rows):
        for j in range(columns):
            total[..., i, j] = padded[..., i : i + 3, j : j + 3].sum(axis=(-2, -1))
    return total / 9 / np.sqrt(1 + 1e-5)
