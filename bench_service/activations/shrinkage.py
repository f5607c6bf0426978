"""Shrinkage: what is small becomes zero or nearly so, what is large passes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, register
from bench_service.activations.elementary import indicator
from bench_service.activations.modules import by_keyword

FAMILY = "shrinkage"
LAMBDA = 0.5


def _softshrink(x: Tensor, lambd: float = LAMBDA) -> Tensor:
    return torch.sign(x) * torch.clamp(torch.abs(x) - lambd, min=0.0)


register(
    Activation(
        name="hardshrink",
        family=FAMILY,
        function=F.hardshrink,
        module=by_keyword(nn.Hardshrink),
        definition=lambda x, lambd=LAMBDA: torch.where(
            torch.abs(x) <= lambd, torch.zeros_like(x), x
        ),
        derivative=lambda x, lambd=LAMBDA: indicator(torch.abs(x) > lambd, x),
        formula="x if |x| > lambd else 0",
        latex=r"x \, \mathbf{1}[|x| > \lambda]",
        source="D. Donoho and I. Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage, "
        "Biometrika 81(3), doi:10.1093/biomet/81.3.425",
        parameters={"lambd": LAMBDA},
        kinks=(-LAMBDA, LAMBDA),
        can_be_zero=True,
        can_be_flat=True,
    )
)

register(
    Activation(
        name="softshrink",
        family=FAMILY,
        function=F.softshrink,
        module=by_keyword(nn.Softshrink),
        definition=_softshrink,
        derivative=lambda x, lambd=LAMBDA: indicator(torch.abs(x) > lambd, x),
        formula="sign(x) * max(0, |x| - lambd)",
        latex=r"\operatorname{sign}(x) \max(0, |x| - \lambda)",
        source="D. Donoho 1995, De-noising by soft-thresholding, IEEE Transactions on Information "
        "Theory 41(3), doi:10.1109/18.382009",
        parameters={"lambd": LAMBDA},
        kinks=(-LAMBDA, LAMBDA),
        can_be_zero=True,
        can_be_flat=True,
    )
)

register(
    Activation(
        name="tanhshrink",
        family=FAMILY,
        function=F.tanhshrink,
        module=by_keyword(nn.Tanhshrink),
        definition=lambda x: x - torch.tanh(x),
        derivative=lambda x: torch.tanh(x) ** 2,
        formula="x - tanh(x)",
        latex=r"x - \tanh(x)",
        source="R. Collobert, K. Kavukcuoglu and C. Farabet 2011, Torch7: a Matlab-like "
        "environment for machine learning, BigLearn workshop (TanhShrink)",
        is_composed=True,  # inside F.tanhshrink: tanh, subtract
    )
)
