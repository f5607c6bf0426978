"""Rectifiers that are clipped above or cut off below."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, register
from bench_service.activations.elementary import indicator
from bench_service.activations.modules import by_keyword

FAMILY = "rectifier"

register(
    Activation(
        name="relu6",
        family=FAMILY,
        function=F.relu6,
        module=by_keyword(nn.ReLU6),
        definition=lambda x: torch.clamp(x, 0.0, 6.0),
        derivative=lambda x: indicator((x > 0) & (x < 6), x),
        formula="min(max(0, x), 6)",
        latex=r"\min(\max(0, x), 6)",
        source="A. Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10, unpublished",
        kinks=(0.0, 6.0),
        can_be_zero=True,
        can_be_flat=True,
        in_place=lambda x: F.relu6(x, inplace=True),
    )
)


def relu1(x: Tensor, cap: float = 1.0) -> Tensor:
    """X clipped to [0, cap], in the shape and dtype of x."""
    return F.hardtanh(x, 0.0, cap)


def _relu1_module(*, cap: float = 1.0, inplace: bool = False) -> nn.Module:
    return nn.Hardtanh(min_val=0.0, max_val=cap, inplace=inplace)


register(
    Activation(
        name="relu1",
        family=FAMILY,
        function=relu1,
        module=_relu1_module,
        definition=lambda x, cap=1.0: torch.clamp(x, 0.0, cap),
        derivative=lambda x, cap=1.0: indicator((x > 0) & (x < cap), x),
        formula="min(max(0, x), cap)",
        latex=r"\min(\max(0, x), c)",
        source="S. S. Liew, M. Khalil-Hani and R. Bakhteri 2016, Bounded activation functions for "
        "enhanced training stability of deep neural networks on visual pattern recognition "
        "problems, Neurocomputing 216",
        parameters={"cap": 1.0},
        kinks=(0.0, 1.0),
        can_be_zero=True,
        can_be_flat=True,
        in_place=lambda x: F.hardtanh_(x, 0.0, 1.0),
    )
)


def thresholded_relu(x: Tensor, threshold: float = 1.0) -> Tensor:
    """X where it exceeds the threshold and 0 elsewhere, in the shape and dtype of x."""
    return F.threshold(x, threshold, 0.0)


def _thresholded_relu_module(*, threshold: float = 1.0, inplace: bool = False) -> nn.Module:
    return nn.Threshold(threshold=threshold, value=0.0, inplace=inplace)


register(
    Activation(
        name="thresholded_relu",
        family=FAMILY,
        function=thresholded_relu,
        module=_thresholded_relu_module,
        definition=lambda x, threshold=1.0: torch.where(x <= threshold, torch.zeros_like(x), x),
        derivative=lambda x, threshold=1.0: indicator(x > threshold, x),
        formula="x if x > threshold else 0",
        latex=r"x \, \mathbf{1}[x > \theta]",
        source="K. Konda, R. Memisevic and D. Krueger 2014, Zero-bias autoencoders and the "
        "benefits of co-adapting features, arXiv:1402.3337",
        parameters={"threshold": 1.0},
        kinks=(1.0,),
        can_be_zero=True,
        can_be_flat=True,
        in_place=lambda x: F.threshold(x, 1.0, 0.0, inplace=True),
    )
)
