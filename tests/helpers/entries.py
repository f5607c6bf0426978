"""What the contract tests of activations share: who is tested, and on what."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bench_service.activations import ACTIVATIONS, ShapeClass

N_CHANNELS = 4

USER_FILE = """
import torch
from torch import nn

def cubed_gate(x):
    return x * torch.sigmoid(x) ** 3

class Swoosh(nn.Module):
    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return torch.nn.functional.softplus(x - self.shift) - 0.08 * x
"""
USER_NAMES = ("cubed_gate", "Swoosh")

CATALOGUE = ACTIVATIONS.names()
ELEMENTWISE = tuple(a.name for a in ACTIVATIONS if a.shape_class.keeps_width)
QUIET = tuple(
    name for name in ELEMENTWISE if ACTIVATIONS.get(name).shape_class is not ShapeClass.STOCHASTIC
)
GATED = tuple(a.name for a in ACTIVATIONS if a.shape_class is ShapeClass.WIDTH_HALVED)
IN_PLACE = tuple(a.name for a in ACTIVATIONS if a.in_place is not None)


def over(*names):
    return pytest.mark.parametrize("entry", names, indirect=True, ids=names)


def evaluated(activation, x):
    """f(x) in evaluation mode, in the dtype of x, with gradients where x asks for them."""
    if activation.shape_class is ShapeClass.STOCHASTIC:
        return activation.module().eval()(x)
    return activation.function(x, **learnt(activation, x))


def learnt(activation, x):
    if activation.tensors is None:
        return {}
    return activation.tensors(x.shape[1] if x.dim() > 1 else 1, x.dtype, x.device)


def module_of(activation):
    if activation.tensors is None:
        return activation.module()
    return activation.module(n_channels=N_CHANNELS)


def slope_by_autograd(activation, x):
    leaf = x.clone().requires_grad_()
    output = evaluated(activation, leaf)
    return torch.autograd.grad(output, leaf, torch.ones_like(output))[0]


def points(kinks=(), reach=30.0):
    """Both signs, sorted and not, on the pieces and close to the kinks, but not on them."""
    x = np.concatenate(
        (
            np.linspace(-reach, reach, 2401),
            np.random.default_rng(0).normal(scale=2.0, size=995),
            np.array([-1e-3, 1e-3, -1e-6, 1e-6]),
        )
    )
    for kink in kinks:
        x = np.where(np.abs(x - kink) < 1e-9, kink + 0.25, x)
    return x[: x.size // N_CHANNELS * N_CHANNELS]


def packed_input(activation, seed=0):
    """An input in a shape that the activation accepts: images for spatial ones."""
    generator = torch.Generator().manual_seed(seed)
    shape = (
        (2, N_CHANNELS, 5, 6) if activation.shape_class is ShapeClass.SPATIAL else (3, N_CHANNELS)
    )
    return torch.randn(shape, generator=generator, dtype=torch.float64)
