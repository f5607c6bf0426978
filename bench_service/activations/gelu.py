"""GELU and its approximations: x weighed by the probability of a smaller normal number."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, register
from bench_service.activations.elementary import (
    logistic,
    normal_cdf,
    normal_pdf,
    swish,
    swish_slope,
    weighed,
)
from bench_service.activations.modules import applied, by_keyword

FAMILY = "self-gated"
GELU_SOURCE = "D. Hendrycks and K. Gimpel 2016, Gaussian error linear units, arXiv:1606.08415"
QUICK_GELU_RATE = 1.702

register(
    Activation(
        name="gelu",
        family=FAMILY,
        function=F.gelu,
        module=by_keyword(nn.GELU),
        definition=lambda x: weighed(x, normal_cdf(x)),
        derivative=lambda x: normal_cdf(x) + weighed(x, normal_pdf(x)),
        formula="x * P(Z <= x), Z standard normal",
        latex=r"x \, \Phi(x)",
        source=GELU_SOURCE,
        # At x = sqrt(2), where its second derivative (2 - x^2) pdf(x) is 0.
        derivative_supremum=1.1289041452,
    )
)


def gelu_tanh(x: Tensor) -> Tensor:
    """The tanh approximation of GELU, in the shape and dtype of x."""
    return F.gelu(x, approximate="tanh")


def _gelu_tanh_argument(x: Tensor) -> Tensor:
    return 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)


def _gelu_tanh_slope(x: Tensor) -> Tensor:
    inner = _gelu_tanh_argument(x)
    on, off = logistic(inner), logistic(-inner)
    inner_slope = 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    return on + weighed(x * inner_slope, on * off)


register(
    Activation(
        name="gelu_tanh",
        family=FAMILY,
        function=gelu_tanh,
        module=by_keyword(nn.GELU, approximate="tanh"),
        definition=lambda x: weighed(x, logistic(_gelu_tanh_argument(x))),
        derivative=_gelu_tanh_slope,
        formula="x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))",
        latex=r"\frac{x}{2} \left(1 + \tanh\sqrt{2 / \pi} (x + 0.044715 x^3)\right)",
        source=GELU_SOURCE,
        derivative_supremum=1.1289930687,  # at x = 1.4185040088
    )
)


def quick_gelu(x: Tensor) -> Tensor:
    """X times the logistic of 1.702 x, in the shape and dtype of x."""
    return x * torch.sigmoid(QUICK_GELU_RATE * x)


register(
    Activation(
        name="quick_gelu",
        family=FAMILY,
        function=quick_gelu,
        module=applied(quick_gelu),
        definition=lambda x: swish(x, QUICK_GELU_RATE),
        derivative=lambda x: swish_slope(x, QUICK_GELU_RATE),
        formula="x / (1 + exp(-1.702 * x))",
        latex=r"x \, \sigma(1.702 x)",
        source=GELU_SOURCE + "; as used by A. Radford et al. 2021, Learning transferable visual "
        "models from natural language supervision, arXiv:2103.00020",
        derivative_supremum=1.0998393201,  # where 1.702 x = 2.3993572805, as SiLU
        is_composed=True,
    )
)
