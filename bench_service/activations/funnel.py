"""Funnel activation, which sees the neighbours of a pixel.

It is listed and can be timed on images, and enters no comparison in which all else has to be
equal.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, ShapeClass, register
from bench_service.activations.elementary import indicator

FAMILY = "rectifier"
WINDOW = 3
EPSILON = 1e-5  # what nn.BatchNorm2d adds to the variance


def funnel_frelu(
    x: Tensor,
    weight: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    scale: Tensor,
    shift: Tensor,
) -> Tensor:
    """The larger of x and a normalised 3 x 3 depthwise convolution of x, in the shape of x.

    x has the shape (batch, channels, height, width). The normalisation uses the running
    statistics, as in evaluation mode.
    """
    near = F.conv2d(x, weight, padding=WINDOW // 2, groups=x.shape[1])
    return torch.maximum(x, F.batch_norm(near, running_mean, running_var, scale, shift))


def _mean_filter(n_channels: int) -> Tensor:
    return torch.full((n_channels, 1, WINDOW, WINDOW), 1 / WINDOW**2, dtype=torch.float64)


def _funnel_tensors(n_channels: int, dtype: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    start = {
        "weight": _mean_filter(n_channels),
        "running_mean": torch.zeros(n_channels),
        "running_var": torch.ones(n_channels),
        "scale": torch.ones(n_channels),
        "shift": torch.zeros(n_channels),
    }
    moved = {name: tensor.to(dtype=dtype, device=device) for name, tensor in start.items()}
    for name in ("weight", "scale", "shift"):
        moved[name].requires_grad_()
    return moved


class FunnelReLU(nn.Module):
    """Funnel activation whose filters start as a mean, so that its start is the same everywhere.

    The source starts them at random. In training mode the normalisation uses the batch.
    """

    def __init__(self, *, n_channels: int = 1) -> None:
        super().__init__()
        self.near = nn.Conv2d(
            n_channels, n_channels, WINDOW, padding=WINDOW // 2, groups=n_channels, bias=False
        )
        self.norm = nn.BatchNorm2d(n_channels, eps=EPSILON)
        with torch.no_grad():
            self.near.weight.copy_(_mean_filter(n_channels))

    def forward(self, x: Tensor) -> Tensor:
        """A tensor of the shape of x: (batch, channels, height, width)."""
        near: Tensor = self.norm(self.near(x))
        return torch.maximum(x, near)


def _box_sum(x: Tensor) -> Tensor:
    """The sum over the 3 x 3 neighbourhood of every pixel, with zeros outside the image."""
    height, width = x.shape[-2:]
    padded = F.pad(x, (1, 1, 1, 1))
    total = torch.zeros_like(x)
    for row in range(WINDOW):
        for column in range(WINDOW):
            total = total + padded[..., row : row + height, column : column + width]
    return total


_START_WEIGHT = 1 / (WINDOW**2 * math.sqrt(1 + EPSILON))


def _funnel_slope(x: Tensor) -> Tensor:
    near = _START_WEIGHT * _box_sum(x)
    own = indicator(x > near, x) + 0.5 * indicator(x == near, x)  # torch.maximum shares a tie
    return own + _box_sum(_START_WEIGHT * (1 - own))


register(
    Activation(
        name="funnel_frelu",
        family=FAMILY,
        function=funnel_frelu,
        module=FunnelReLU,
        definition=lambda x: torch.maximum(x, _START_WEIGHT * _box_sum(x)),
        derivative=_funnel_slope,
        formula="max(x, T(x)), T a learnt 3 x 3 depthwise convolution with batch normalisation",
        latex=r"\max(x, T(x))",
        source="N. Ma, X. Zhang and J. Sun 2020, Funnel activation for visual recognition, "
        "arXiv:2007.11824",
        shape_class=ShapeClass.SPATIAL,
        tensors=_funnel_tensors,
        # A pixel above its mean among eight below theirs: 1 + 8 / (9 sqrt(1 + 1e-5)).
        derivative_supremum=1 + 8 * _START_WEIGHT,
        is_composed=True,
    )
)
