"""Exponential units: straight to the right, saturating to the left."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, register
from bench_service.activations.modules import applied, by_keyword

FAMILY = "exponential unit"
SELU_ALPHA = 1.6732632423543772848170429916717  # Klambauer et al. 2017, equation 14
SELU_SCALE = 1.0507009873554804934193349852946  # idem


def _elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    return torch.where(x > 0, x, alpha * torch.expm1(torch.clamp(x, max=0.0)))


def _elu_slope(x: Tensor, alpha: float = 1.0) -> Tensor:
    return torch.where(x > 0, torch.ones_like(x), alpha * torch.exp(torch.clamp(x, max=0.0)))


register(
    Activation(
        name="elu",
        family=FAMILY,
        function=F.elu,
        module=by_keyword(nn.ELU),
        definition=_elu,
        derivative=_elu_slope,
        formula="x if x > 0 else alpha * (exp(x) - 1)",
        latex=r"\max(0, x) + \min(0, \alpha (e^x - 1))",
        source="D.-A. Clevert, T. Unterthiner and S. Hochreiter 2015, Fast and accurate deep "
        "network learning by exponential linear units, arXiv:1511.07289",
        parameters={"alpha": 1.0},
        in_place=F.elu_,
    )
)

register(
    Activation(
        name="selu",
        family=FAMILY,
        function=F.selu,
        module=by_keyword(nn.SELU),
        definition=lambda x: SELU_SCALE * _elu(x, SELU_ALPHA),
        derivative=lambda x: SELU_SCALE * _elu_slope(x, SELU_ALPHA),
        formula="1.0507 * (x if x > 0 else 1.6733 * (exp(x) - 1))",
        latex=r"\lambda \left(\max(0, x) + \min(0, \alpha (e^x - 1))\right)",
        source="G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter 2017, Self-normalizing "
        "neural networks, arXiv:1706.02515",
        kinks=(0.0,),
        derivative_supremum=SELU_SCALE * SELU_ALPHA,  # at 0 from the left
        in_place=F.selu_,
    )
)

register(
    Activation(
        name="celu",
        family=FAMILY,
        function=F.celu,
        module=by_keyword(nn.CELU),
        definition=lambda x, alpha=1.0: alpha * _elu(x / alpha),
        derivative=lambda x, alpha=1.0: _elu_slope(x / alpha),
        formula="x if x > 0 else alpha * (exp(x / alpha) - 1)",
        latex=r"\max(0, x) + \min(0, \alpha (e^{x / \alpha} - 1))",
        source="J. Barron 2017, Continuously differentiable exponential linear units, "
        "arXiv:1704.07483",
        parameters={"alpha": 1.0},
        in_place=F.celu_,
    )
)


def isrlu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """X where positive and x / sqrt(1 + alpha x^2) elsewhere, in the shape and dtype of x."""
    left = torch.clamp(x, max=0.0)
    return F.relu(x) + left * torch.rsqrt(1 + alpha * left * left)


def _isrlu(x: Tensor, alpha: float = 1.0) -> Tensor:
    size = torch.hypot(torch.ones_like(x), alpha**0.5 * x)
    limit = torch.full_like(x, -(alpha**-0.5))
    left = torch.where(torch.isinf(x), limit, x / size)
    return torch.where(x >= 0, x, left)


def _isrlu_slope(x: Tensor, alpha: float = 1.0) -> Tensor:
    left = torch.hypot(torch.ones_like(x), alpha**0.5 * x) ** -3
    return torch.where(x >= 0, torch.ones_like(x), left)


register(
    Activation(
        name="isrlu",
        family=FAMILY,
        function=isrlu,
        module=applied(isrlu),
        definition=_isrlu,
        derivative=_isrlu_slope,
        formula="x if x >= 0 else x / sqrt(1 + alpha * x^2)",
        latex=r"\max(0, x) + \frac{\min(0, x)}{\sqrt{1 + \alpha \min(0, x)^2}}",
        source="B. Carlile, G. Delamarter, P. Kinney, A. Marti and B. Whitney 2017, Improving "
        "deep learning by inverse square root linear units (ISRLUs), arXiv:1710.09967",
        parameters={"alpha": 1.0},
        is_composed=True,
    )
)
