"""Smooth activations that weigh x by a squashing function of x: SiLU, Swish, Mish, LiSHT."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, ShapeClass, register
from bench_service.activations.elementary import (
    log_one_plus_exp,
    logistic,
    sech_squared,
    swish,
    swish_slope,
    weighed,
)
from bench_service.activations.modules import applied, by_keyword

FAMILY = "self-gated"
SWISH_SOURCE = (
    "P. Ramachandran, B. Zoph and Q. Le 2017, Searching for activation functions, arXiv:1710.05941"
)
# x logistic(b x) has this slope where b x = 2.3993572805, the root of u tanh(u / 2) = 2.
SILU_SUPREMUM = 1.0998393201

register(
    Activation(
        name="silu",
        family=FAMILY,
        function=F.silu,
        module=by_keyword(nn.SiLU),
        definition=swish,
        derivative=swish_slope,
        formula="x / (1 + exp(-x))",
        latex=r"x \, \sigma(x)",
        source="S. Elfwing, E. Uchibe and K. Doya 2017, Sigmoid-weighted linear units for neural "
        "network function approximation in reinforcement learning, arXiv:1702.03118; "
        + SWISH_SOURCE,
        derivative_supremum=SILU_SUPREMUM,
        in_place=lambda x: F.silu(x, inplace=True),
    )
)


def swish_beta(x: Tensor, beta: Tensor) -> Tensor:
    """X times the logistic of beta x, beta a learnt tensor of one element, in x's shape."""
    return x * torch.sigmoid(beta * x)


class SwishBeta(nn.Module):
    """Swish with one learnt beta for the layer, which starts at 1."""

    def __init__(self, *, n_channels: int = 1) -> None:
        super().__init__()
        del n_channels
        self.beta = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        """A tensor of the shape of x."""
        return swish_beta(x, self.beta)


def _unit_beta(n_channels: int, dtype: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    del n_channels
    return {"beta": torch.ones(1, dtype=dtype, device=device, requires_grad=True)}


register(
    Activation(
        name="swish_beta",
        family=FAMILY,
        function=swish_beta,
        module=SwishBeta,
        definition=swish,
        derivative=swish_slope,
        formula="x / (1 + exp(-beta * x)), one learnt beta for the layer",
        latex=r"x \, \sigma(\beta x), \quad \beta \text{ learnt}",
        source=SWISH_SOURCE,
        shape_class=ShapeClass.PARAMETRIC,
        tensors=_unit_beta,
        derivative_supremum=SILU_SUPREMUM,
        is_composed=True,
    )
)


def _mish_slope(x: Tensor) -> Tensor:
    inner = log_one_plus_exp(x)
    return torch.tanh(inner) + weighed(x, logistic(x) * sech_squared(inner))


register(
    Activation(
        name="mish",
        family=FAMILY,
        function=F.mish,
        module=by_keyword(nn.Mish),
        definition=lambda x: weighed(x, torch.tanh(log_one_plus_exp(x))),
        derivative=_mish_slope,
        formula="x * tanh(ln(1 + exp(x)))",
        latex=r"x \tanh(\ln(1 + e^x))",
        source="D. Misra 2019, Mish: a self regularized non-monotonic activation function, "
        "arXiv:1908.08681",
        derivative_supremum=1.0884981613,  # at x = 1.4905711795
        in_place=lambda x: F.mish(x, inplace=True),
    )
)


def lisht(x: Tensor) -> Tensor:
    """X times tanh(x), in the shape and dtype of x."""
    return x * torch.tanh(x)


register(
    Activation(
        name="lisht",
        family=FAMILY,
        function=lisht,
        module=applied(lisht),
        definition=lambda x: x * torch.tanh(x),
        derivative=lambda x: torch.tanh(x) + weighed(x, sech_squared(x)),
        formula="x * tanh(x)",
        latex=r"x \tanh(x)",
        source="S. K. Roy, S. Manna, S. R. Dubey and B. B. Chaudhuri 2019, LiSHT: non-parametric "
        "linearly scaled hyperbolic tangent activation function, arXiv:1901.05894",
        # Where x tanh(x) = 1, at x = 1.1996786403, which is also its value.
        derivative_supremum=1.1996786403,
        is_composed=True,
    )
)
