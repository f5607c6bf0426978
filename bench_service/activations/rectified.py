"""ReLU, and the rectifiers that only bend or move its left side."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, register
from bench_service.activations.elementary import either, indicator
from bench_service.activations.modules import applied, by_keyword

FAMILY = "rectifier"


def _relu(x: Tensor) -> Tensor:
    return torch.clamp(x, min=0.0)


def _relu_slope(x: Tensor) -> Tensor:
    return indicator(x > 0, x)


register(
    Activation(
        name="relu",
        family=FAMILY,
        function=F.relu,
        module=by_keyword(nn.ReLU),
        definition=_relu,
        derivative=_relu_slope,
        formula="max(0, x)",
        latex=r"\max(0, x)",
        source="K. Fukushima 1969, Visual feature extraction by a multilayered network of analog "
        "threshold elements, IEEE Transactions on Systems Science and Cybernetics 5(4); V. Nair "
        "and G. Hinton 2010, Rectified linear units improve restricted Boltzmann machines, ICML",
        kinks=(0.0,),
        can_be_zero=True,
        can_be_flat=True,
        in_place=torch.relu_,
    )
)


register(
    Activation(
        name="leaky_relu",
        family=FAMILY,
        function=F.leaky_relu,
        module=by_keyword(nn.LeakyReLU),
        definition=lambda x, negative_slope=0.01: torch.where(x > 0, x, negative_slope * x),
        derivative=lambda x, negative_slope=0.01: either(x > 0, 1.0, negative_slope, like=x),
        formula="x if x > 0 else negative_slope * x",
        latex=r"\max(0, x) + a \min(0, x)",
        source="A. Maas, A. Hannun and A. Ng 2013, Rectifier nonlinearities improve neural "
        "network acoustic models, ICML workshop on deep learning for audio, speech and language",
        parameters={"negative_slope": 0.01},
        kinks=(0.0,),
        in_place=F.leaky_relu_,
    )
)


register(
    Activation(
        name="abs",
        family=FAMILY,
        function=torch.abs,
        module=applied(torch.abs),
        definition=lambda x: torch.where(x < 0, -x, x),
        derivative=lambda x: indicator(x > 0, x) - indicator(x < 0, x),
        formula="|x|",
        latex=r"|x|",
        source="K. Jarrett, K. Kavukcuoglu, M. Ranzato and Y. LeCun 2009, What is the best "
        "multi-stage architecture for object recognition?, ICCV, doi:10.1109/ICCV.2009.5459469",
        kinks=(0.0,),
        in_place=torch.abs_,
    )
)


def srelu_shifted(x: Tensor, floor: float = -1.0) -> Tensor:
    """The larger of x and the floor, in the shape and dtype of x."""
    return torch.clamp(x, min=floor)


register(
    Activation(
        name="srelu_shifted",
        family=FAMILY,
        function=srelu_shifted,
        module=applied(srelu_shifted),
        definition=lambda x, floor=-1.0: torch.where(x < floor, torch.full_like(x, floor), x),
        derivative=lambda x, floor=-1.0: indicator(x >= floor, x),  # torch's clamp: 1 at the floor
        formula="max(floor, x)",
        latex=r"\max(-1, x)",
        source="D.-A. Clevert, T. Unterthiner and S. Hochreiter 2015, Fast and accurate deep "
        "network learning by exponential linear units (its shifted ReLU), arXiv:1511.07289",
        parameters={"floor": -1.0},
        kinks=(-1.0,),
        can_be_flat=True,
        in_place=lambda x: torch.clamp_(x, min=-1.0),
    )
)
