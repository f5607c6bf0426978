"""Rectifiers with noise in training mode, which are quiet in evaluation mode.

Both functions run in training mode. ``rrelu`` draws from torch's global generator, which is the
only one that ``F.rrelu`` knows; ``nrelu`` also takes a generator of its own.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, ShapeClass, register
from bench_service.activations.elementary import either, indicator, logistic, normal_cdf, normal_pdf

FAMILY = "rectifier"
LOWER = 1 / 8
UPPER = 1 / 3


def rrelu(x: Tensor, lower: float = LOWER, upper: float = UPPER) -> Tensor:
    """X, with its negative values times a slope drawn anew for every one, in x's shape and dtype.

    The slopes are uniform on [lower, upper]; ``torch.manual_seed`` makes them repeatable.
    """
    return F.rrelu(x, lower, upper, training=True)


def rrelu_with_noise(
    x: Tensor, noise: Tensor, lower: float = LOWER, upper: float = UPPER
) -> Tensor:
    """RReLU of x for draws of a uniform distribution on [0, 1), in x's shape and dtype."""
    return torch.where(x > 0, x, (lower + (upper - lower) * noise) * x)


class RandomizedReLU(nn.Module):
    """What ``nn.RReLU`` does, from uniform draws, which ``torch.func.vmap`` can stack.

    torch's own kernel has no rule for it, and lacks float16 on the CPU.
    """

    def __init__(self, *, lower: float = LOWER, upper: float = UPPER) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper

    def forward(self, x: Tensor) -> Tensor:
        """A tensor of the shape and dtype of x: random slopes in training, their mean after."""
        if not self.training:
            return F.leaky_relu(x, 0.5 * (self.lower + self.upper))
        noise = torch.rand(x.shape, dtype=x.dtype, device=x.device)
        return rrelu_with_noise(x, noise, self.lower, self.upper)

    def extra_repr(self) -> str:
        """The bounds of the slopes."""
        return f"lower={self.lower:.4g}, upper={self.upper:.4g}"


def _rrelu(x: Tensor, lower: float = LOWER, upper: float = UPPER) -> Tensor:
    return torch.where(x > 0, x, 0.5 * (lower + upper) * x)


def _rrelu_slope(x: Tensor, lower: float = LOWER, upper: float = UPPER) -> Tensor:
    return either(x > 0, 1.0, 0.5 * (lower + upper), like=x)


def _rrelu_moments(x: Tensor, lower: float = LOWER, upper: float = UPPER) -> tuple[Tensor, Tensor]:
    spread = (upper - lower) / math.sqrt(12)
    return _rrelu(x, lower, upper), torch.clamp(-x, min=0.0) * spread


register(
    Activation(
        name="rrelu",
        family=FAMILY,
        function=rrelu,
        module=RandomizedReLU,
        definition=_rrelu,
        derivative=_rrelu_slope,
        formula="x if x > 0 else a * x, a ~ U(lower, upper), and its mean when evaluated",
        latex=r"\max(0, x) + a \min(0, x), \quad a \sim U(l, u)",
        source="B. Xu, N. Wang, T. Chen and M. Li 2015, Empirical evaluation of rectified "
        "activations in convolutional network, arXiv:1505.00853",
        shape_class=ShapeClass.STOCHASTIC,
        parameters={"lower": LOWER, "upper": UPPER},
        kinks=(0.0,),
        in_place=lambda x: F.rrelu_(x, LOWER, UPPER, training=True),
        moments=_rrelu_moments,
        noise="uniform",
        with_noise=rrelu_with_noise,
    )
)


def nrelu(x: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
    """ReLU of x plus normal noise whose variance is the logistic of x, in x's shape and dtype.

    The gradient passes through the rectifier alone: the size of the noise is taken as given.
    """
    noise = torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)
    return nrelu_with_noise(x, noise)


def nrelu_with_noise(x: Tensor, noise: Tensor) -> Tensor:
    """NReLU of x for draws of a standard normal distribution, in x's shape and dtype."""
    return F.relu(x + noise * torch.sqrt(torch.sigmoid(x.detach())))


class NoisyReLU(nn.Module):
    """NReLU while it trains and ReLU when it is evaluated."""

    def forward(self, x: Tensor) -> Tensor:
        """A tensor of the shape and dtype of x."""
        return nrelu(x) if self.training else F.relu(x)


def _nrelu_moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of a normal with mean x and variance logistic(x), rectified."""
    spread = torch.sqrt(logistic(x))
    above = normal_cdf(x / spread)
    density = normal_pdf(x / spread)
    mean = x * above + spread * density
    second = (x * x + spread * spread) * above + x * spread * density
    return mean, torch.sqrt(torch.clamp(second - mean * mean, min=0.0))


register(
    Activation(
        name="nrelu",
        family=FAMILY,
        function=nrelu,
        module=NoisyReLU,
        definition=lambda x: torch.clamp(x, min=0.0),
        derivative=lambda x: indicator(x > 0, x),
        formula="max(0, x + n), n ~ N(0, variance = 1 / (1 + exp(-x))); max(0, x) when evaluated",
        latex=r"\max(0, x + n), \quad n \sim \mathcal{N}(0, \sigma(x))",
        source="V. Nair and G. Hinton 2010, Rectified linear units improve restricted Boltzmann "
        "machines, ICML",
        shape_class=ShapeClass.STOCHASTIC,
        kinks=(0.0,),
        can_be_zero=True,
        can_be_flat=True,
        is_composed=True,
        moments=_nrelu_moments,
        noise="normal",
        with_noise=nrelu_with_noise,
    )
)
