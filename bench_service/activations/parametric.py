"""Rectifiers with parameters that are learnt together with the weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, ShapeClass, register
from bench_service.activations.elementary import either, indicator

FAMILY = "rectifier"
PRELU_START = 0.25
PRELU_SOURCE = (
    "K. He, X. Zhang, S. Ren and J. Sun 2015, Delving deep into rectifiers: surpassing "
    "human-level performance on ImageNet classification, arXiv:1502.01852"
)


def _prelu(x: Tensor) -> Tensor:
    return torch.where(x > 0, x, PRELU_START * x)


def _prelu_slope(x: Tensor) -> Tensor:
    return either(x > 0, 1.0, PRELU_START, like=x)


def _shared_slope(n_channels: int, dtype: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    del n_channels
    return {"weight": torch.full((1,), PRELU_START, dtype=dtype, device=device, requires_grad=True)}


def _channel_slopes(n_channels: int, dtype: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    return {
        "weight": torch.full(
            (n_channels,), PRELU_START, dtype=dtype, device=device, requires_grad=True
        )
    }


def _prelu_shared_module(*, n_channels: int = 1, init: float = PRELU_START) -> nn.Module:
    del n_channels
    return nn.PReLU(num_parameters=1, init=init)


def _prelu_channel_module(*, n_channels: int = 1, init: float = PRELU_START) -> nn.Module:
    return nn.PReLU(num_parameters=n_channels, init=init)


register(
    Activation(
        name="prelu_shared",
        family=FAMILY,
        function=F.prelu,
        module=_prelu_shared_module,
        definition=_prelu,
        derivative=_prelu_slope,
        formula="x if x > 0 else weight * x, one learnt weight for all channels",
        latex=r"\max(0, x) + a \min(0, x), \quad a \text{ learnt}",
        source=PRELU_SOURCE,
        shape_class=ShapeClass.PARAMETRIC,
        tensors=_shared_slope,
        kinks=(0.0,),
    )
)
register(
    Activation(
        name="prelu_channel",
        family=FAMILY,
        function=F.prelu,
        module=_prelu_channel_module,
        definition=_prelu,
        derivative=_prelu_slope,
        formula="x if x > 0 else weight[c] * x, one learnt weight per channel",
        latex=r"\max(0, x_c) + a_c \min(0, x_c), \quad a_c \text{ learnt}",
        source=PRELU_SOURCE,
        shape_class=ShapeClass.PARAMETRIC,
        tensors=_channel_slopes,
        kinks=(0.0,),
    )
)


def flexible_frelu(x: Tensor, bias: Tensor) -> Tensor:
    """ReLU(x) plus a learnt bias of one element, in the shape and dtype of x."""
    return F.relu(x) + bias


class FlexibleReLU(nn.Module):
    """ReLU with a learnt shift of its output, one for the layer, which starts at 0."""

    def __init__(self, *, n_channels: int = 1) -> None:
        super().__init__()
        del n_channels
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """ReLU(x) plus the bias, in the shape of x."""
        return flexible_frelu(x, self.bias)


def _zero_bias(n_channels: int, dtype: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    del n_channels
    return {"bias": torch.zeros(1, dtype=dtype, device=device, requires_grad=True)}


register(
    Activation(
        name="flexible_frelu",
        family=FAMILY,
        function=flexible_frelu,
        module=FlexibleReLU,
        definition=lambda x: torch.clamp(x, min=0.0),
        derivative=lambda x: indicator(x > 0, x),
        formula="max(0, x) + bias, one learnt bias for the layer",
        latex=r"\max(0, x) + b, \quad b \text{ learnt}",
        source="S. Qiu, X. Xu and B. Cai 2017, FReLU: flexible rectified linear units for "
        "improving convolutional neural networks, arXiv:1706.08098",
        shape_class=ShapeClass.PARAMETRIC,
        tensors=_zero_bias,
        kinks=(0.0,),
        can_be_zero=True,  # at its start; afterwards it is constant there, and not zero
        can_be_flat=True,
        is_composed=True,
    )
)
