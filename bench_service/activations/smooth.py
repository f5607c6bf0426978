"""Smooth relatives of ReLU that grow everywhere."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, register
from bench_service.activations.elementary import log_one_plus_exp, logistic
from bench_service.activations.modules import applied, by_keyword

FAMILY = "smooth rectifier"
LARGEST = 1e300  # stands in for infinity where a quotient of two infinities would be NaN


# F.softplus is x itself where beta * x exceeds 20: an error of 2.1e-9, which is below float32's
# resolution there and which the checks in float64 allow.
register(
    Activation(
        name="softplus",
        family=FAMILY,
        function=F.softplus,
        module=by_keyword(nn.Softplus),
        definition=lambda x, beta=1.0: log_one_plus_exp(beta * x) / beta,
        derivative=lambda x, beta=1.0: logistic(beta * x),
        formula="ln(1 + exp(beta * x)) / beta",
        latex=r"\frac{1}{\beta} \ln(1 + e^{\beta x})",
        source="C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau and R. Garcia 2001, Incorporating "
        "second-order functional knowledge for better option pricing, NIPS 13; X. Glorot, "
        "A. Bordes and Y. Bengio 2011, Deep sparse rectifier neural networks, AISTATS",
        parameters={"beta": 1.0},
    )
)


def squareplus(x: Tensor, b: float = 4.0) -> Tensor:
    """(x + sqrt(x^2 + b)) / 2, in the shape and dtype of x."""
    return 0.5 * (x + torch.sqrt(x * x + b))


def _squareplus(x: Tensor, b: float = 4.0) -> Tensor:
    root = torch.hypot(x, torch.full_like(x, b**0.5))
    return torch.where(x > 0, 0.5 * (x + root), 0.5 * b / (root - x))


def _squareplus_slope(x: Tensor, b: float = 4.0) -> Tensor:
    finite = torch.clamp(x, -LARGEST, LARGEST)
    return _squareplus(finite, b) / torch.hypot(finite, torch.full_like(x, b**0.5))


register(
    Activation(
        name="squareplus",
        family=FAMILY,
        function=squareplus,
        module=applied(squareplus),
        definition=_squareplus,
        derivative=_squareplus_slope,
        formula="(x + sqrt(x^2 + b)) / 2",
        latex=r"\frac{1}{2} \left(x + \sqrt{x^2 + b}\right)",
        source="J. Barron 2021, Squareplus: a softplus-like algebraic rectifier, arXiv:2112.11687",
        parameters={"b": 4.0},
        is_composed=True,
    )
)

register(
    Activation(
        name="logsigmoid",
        family=FAMILY,
        function=F.logsigmoid,
        module=by_keyword(nn.LogSigmoid),
        definition=lambda x: -log_one_plus_exp(-x),
        derivative=lambda x: logistic(-x),
        formula="-ln(1 + exp(-x))",
        latex=r"-\ln(1 + e^{-x})",
        source="The log-likelihood of logistic regression; as an activation, torch.nn.LogSigmoid",
    )
)
