"""Where the slope of an activation jumps, and which slope it has there."""

from __future__ import annotations

import numpy as np
import torch
from entries import (
    ELEMENTWISE,
    over,
    slope_by_autograd,
)

# The slope that torch uses at each kink. Where a function has none, its slope is continuous.
SLOPES_AT_KINKS = {
    "relu": {0: 0},
    "relu6": {0: 0, 6: 0},
    "relu1": {0: 0, 1: 0},
    "thresholded_relu": {1: 0},
    "leaky_relu": {0: 0.01},
    "abs": {0: 0},
    "srelu_shifted": {-1: 1},
    "prelu_shared": {0: 0.25},
    "prelu_channel": {0: 0.25},
    "flexible_frelu": {0: 0},
    "rrelu": {0: 11 / 48},
    "nrelu": {0: 0},
    "selu": {0: 1.7580993408473766},
    "hardswish": {-3: 0, 3: 1},
    "hard_mish": {-2: -1},
    "hardsigmoid": {-3: 0, 3: 0},
    "hardtanh": {-1: 0, 1: 0},
    "flatten_t_swish": {0: 0},
    "penalized_tanh": {0: 0.25},
    "hardshrink": {-0.5: 0, 0.5: 0},
    "softshrink": {-0.5: 0, 0.5: 0},
}


@over(*ELEMENTWISE)
def test_kinks_are_those_that_are_known(entry):
    assert entry.kinks == tuple(sorted(SLOPES_AT_KINKS.get(entry.name, {})))


@over(*SLOPES_AT_KINKS)
def test_the_slope_at_a_kink_is_the_one_that_torch_uses(entry):
    kinks, slopes = zip(*SLOPES_AT_KINKS[entry.name].items(), strict=True)
    x = torch.tensor(kinks, dtype=torch.float64)
    np.testing.assert_allclose(entry.derivative(x), slopes, rtol=1e-15)
    np.testing.assert_allclose(slope_by_autograd(entry, x), slopes, rtol=1e-7)


@over(*ELEMENTWISE)
def test_away_from_kinks_value_and_slope_are_continuous(entry, reference):
    x = np.linspace(-8, 8, 16001) + 1e-4  # on no kink
    jumps = np.maximum(
        np.abs(np.diff(reference.value(entry.name, x))) / 50,
        np.abs(np.diff(reference.slope(entry.name, x))),
    )
    crossed = np.zeros(jumps.size, dtype=bool)
    for kink in entry.kinks:
        crossed |= (x[:-1] <= kink) & (kink <= x[1:])
    assert jumps[~crossed].max() < 5e-3
    assert (jumps[crossed] > 5e-3).all()
