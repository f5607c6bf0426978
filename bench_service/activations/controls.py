"""Controls: what learns nothing that isn't linear, and what never stops turning."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench_service.activations.base import Activation, register
from bench_service.activations.modules import applied, by_keyword

FAMILY = "control"


def identity(x: Tensor) -> Tensor:
    """X itself: no kernel runs, so that its time is the cost of a call."""
    return x


register(
    Activation(
        name="identity",
        family=FAMILY,
        function=identity,
        module=by_keyword(nn.Identity),
        definition=lambda x: x.clone(),
        derivative=torch.ones_like,
        formula="x",
        latex="x",
        source="The control that must fail at everything that isn't linear",
    )
)

register(
    Activation(
        name="sine",
        family=FAMILY,
        function=torch.sin,
        module=applied(torch.sin),
        definition=torch.sin,
        derivative=torch.cos,
        formula="sin(x)",
        latex=r"\sin(x)",
        source="V. Sitzmann, J. Martel, A. Bergman, D. Lindell and G. Wetzstein 2020, Implicit "
        "neural representations with periodic activation functions, arXiv:2006.09661",
        in_place=torch.sin_,
    )
)
