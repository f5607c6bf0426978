"""Smooth activations rebuilt from straight pieces and parabolas, for cheap hardware."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, register
from bench_service.activations.elementary import indicator, logistic, swish_slope, weighed
from bench_service.activations.modules import applied, by_keyword

FAMILY = "hard approximation"
HOWARD_SOURCE = "A. Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244"
FTS_SHIFT = -0.2


def _hardswish_slope(x: Tensor) -> Tensor:
    inside = torch.clamp(x, -3.0, 3.0)
    middle = torch.where(x >= 3, torch.ones_like(x), (2 * inside + 3) / 6)
    return torch.where(x <= -3, torch.zeros_like(x), middle)


register(
    Activation(
        name="hardswish",
        family=FAMILY,
        function=F.hardswish,
        module=by_keyword(nn.Hardswish),
        definition=lambda x: weighed(x, torch.clamp(x + 3, 0.0, 6.0) / 6),
        derivative=_hardswish_slope,
        formula="x * min(max(0, x + 3), 6) / 6",
        latex=r"\frac{x}{6} \min(\max(0, x + 3), 6)",
        source=HOWARD_SOURCE,
        kinks=(-3.0, 3.0),
        derivative_supremum=1.5,  # at 3 from the left
        can_be_zero=True,
        can_be_flat=True,
        in_place=lambda x: F.hardswish(x, inplace=True),
    )
)


def hard_mish(x: Tensor) -> Tensor:
    """X / 2 times x + 2 clipped to [0, 2], in the shape and dtype of x."""
    return 0.5 * x * torch.clamp(x + 2, 0.0, 2.0)


def _hard_mish_slope(x: Tensor) -> Tensor:
    # At -2 torch's clamp passes the gradient, which gives the limit from the right.
    return torch.where(x < -2, torch.zeros_like(x), torch.clamp(x + 1, max=1.0))


register(
    Activation(
        name="hard_mish",
        family=FAMILY,
        function=hard_mish,
        module=applied(hard_mish),
        definition=lambda x: weighed(0.5 * x, torch.clamp(x + 2, 0.0, 2.0)),
        derivative=_hard_mish_slope,
        formula="x / 2 * min(max(0, x + 2), 2)",
        latex=r"\frac{x}{2} \min(\max(0, x + 2), 2)",
        source="R. Wightman 2019, PyTorch image models (hard_mish)",
        kinks=(-2.0,),
        can_be_zero=True,
        can_be_flat=True,
        is_composed=True,
    )
)

register(
    Activation(
        name="hardsigmoid",
        family=FAMILY,
        function=F.hardsigmoid,
        module=by_keyword(nn.Hardsigmoid),
        definition=lambda x: torch.clamp(x + 3, 0.0, 6.0) / 6,
        derivative=lambda x: indicator((x > -3) & (x < 3), x) / 6,
        formula="min(max(0, x + 3), 6) / 6",
        latex=r"\frac{1}{6} \min(\max(0, x + 3), 6)",
        source=HOWARD_SOURCE + "; with other numbers M. Courbariaux, Y. Bengio and J.-P. David "
        "2015, BinaryConnect, arXiv:1511.00363",
        kinks=(-3.0, 3.0),
        derivative_supremum=1 / 6,
        can_be_zero=True,
        can_be_flat=True,
        in_place=lambda x: F.hardsigmoid(x, inplace=True),
    )
)

register(
    Activation(
        name="hardtanh",
        family=FAMILY,
        function=F.hardtanh,
        module=by_keyword(nn.Hardtanh),
        definition=lambda x: torch.clamp(x, -1.0, 1.0),
        derivative=lambda x: indicator((x > -1) & (x < 1), x),
        formula="min(max(-1, x), 1)",
        latex=r"\min(\max(-1, x), 1)",
        source="R. Collobert 2004, Large scale machine learning, thesis, Université Paris VI",
        kinks=(-1.0, 1.0),
        can_be_flat=True,
        in_place=F.hardtanh_,
    )
)


def flatten_t_swish(x: Tensor, shift: float = FTS_SHIFT) -> Tensor:
    """ReLU(x) times the logistic of x, plus shift, in the shape and dtype of x."""
    return F.relu(x) * torch.sigmoid(x) + shift


def _flatten_t_swish_slope(x: Tensor, shift: float = FTS_SHIFT) -> Tensor:
    del shift
    return torch.where(x > 0, swish_slope(x), torch.zeros_like(x))


register(
    Activation(
        name="flatten_t_swish",
        family=FAMILY,
        function=flatten_t_swish,
        module=applied(flatten_t_swish),
        definition=lambda x, shift=FTS_SHIFT: torch.clamp(x, min=0.0) * logistic(x) + shift,
        derivative=_flatten_t_swish_slope,
        formula="max(0, x) / (1 + exp(-x)) + shift",
        latex=r"\max(0, x) \, \sigma(x) + T",
        source="H. H. Chieng, N. Wahid, P. Ong and S. R. K. Perla 2018, Flatten-T Swish: a "
        "thresholded ReLU-Swish-like activation function for deep learning, arXiv:1812.06247",
        parameters={"shift": FTS_SHIFT},
        kinks=(0.0,),
        derivative_supremum=1.0998393201,  # at x = 2.3993572805, as SiLU
        can_be_flat=True,
        is_composed=True,
    )
)
