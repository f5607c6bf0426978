"""Rectifiers that square what they let through: their slope grows without bound."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, register
from bench_service.activations.modules import applied

FAMILY = "rectifier"
STAR_SCALE = 0.8944  # 2 / sqrt(5) as the source prints it: unit variance of f(Z)
STAR_BIAS = -0.4472  # -1 / sqrt(5) as the source prints it: zero mean of f(Z)


def relu2(x: Tensor) -> Tensor:
    """The square of ReLU(x), in the shape and dtype of x."""
    return torch.square(F.relu(x))


register(
    Activation(
        name="relu2",
        family=FAMILY,
        function=relu2,
        module=applied(relu2),
        definition=lambda x: torch.clamp(x, min=0.0) ** 2,
        derivative=lambda x: 2 * torch.clamp(x, min=0.0),
        formula="max(0, x)^2",
        latex=r"\max(0, x)^2",
        source="D. So, W. Manke, H. Liu, Z. Dai, N. Shazeer and Q. Le 2021, Primer: searching for "
        "efficient transformers for language modeling, arXiv:2109.08668",
        derivative_supremum=math.inf,
        can_be_zero=True,
        can_be_flat=True,
        is_composed=True,
    )
)


def starrelu(x: Tensor, scale: float = STAR_SCALE, bias: float = STAR_BIAS) -> Tensor:
    """Scale times the square of ReLU(x), plus bias, in the shape and dtype of x."""
    return scale * torch.square(F.relu(x)) + bias


register(
    Activation(
        name="starrelu",
        family=FAMILY,
        function=starrelu,
        module=applied(starrelu),
        definition=lambda x, scale=STAR_SCALE, bias=STAR_BIAS: (
            scale * torch.clamp(x, min=0.0) ** 2 + bias
        ),
        derivative=lambda x, scale=STAR_SCALE, bias=STAR_BIAS: 2 * scale * torch.clamp(x, min=0.0),
        formula="scale * max(0, x)^2 + bias",
        latex=r"s \max(0, x)^2 + b",
        source="W. Yu, C. Si, P. Zhou, M. Luo, Y. Zhou, J. Feng, S. Yan and X. Wang 2022, "
        "MetaFormer baselines for vision (with fixed scale and bias), arXiv:2210.13452",
        parameters={"scale": STAR_SCALE, "bias": STAR_BIAS},
        derivative_supremum=math.inf,
        can_be_flat=True,
        is_composed=True,
    )
)
