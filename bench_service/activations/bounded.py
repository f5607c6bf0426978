"""Activations with a bounded range, most of which came before ReLU."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import Activation, register
from bench_service.activations.elementary import either, logistic, sech_squared
from bench_service.activations.modules import applied, by_keyword

FAMILY = "bounded"
PENALTY = 0.25

register(
    Activation(
        name="sigmoid",
        family=FAMILY,
        function=torch.sigmoid,
        module=by_keyword(nn.Sigmoid),
        definition=logistic,
        derivative=lambda x: logistic(x) * logistic(-x),
        formula="1 / (1 + exp(-x))",
        latex=r"\frac{1}{1 + e^{-x}}",
        source="D. Rumelhart, G. Hinton and R. Williams 1986, Learning representations by "
        "back-propagating errors, Nature 323, doi:10.1038/323533a0",
        derivative_supremum=0.25,  # at 0
        in_place=torch.sigmoid_,
    )
)


def _tanh(x: Tensor) -> Tensor:
    rise = torch.expm1(-2 * torch.abs(x))
    return torch.sign(x) * -rise / (2 + rise)


register(
    Activation(
        name="tanh",
        family=FAMILY,
        function=torch.tanh,
        module=by_keyword(nn.Tanh),
        definition=_tanh,
        derivative=sech_squared,
        formula="(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
        latex=r"\tanh(x)",
        source="Y. LeCun, L. Bottou, G. Orr and K.-R. Müller 1998, Efficient BackProp, in: Neural "
        "networks: tricks of the trade, doi:10.1007/3-540-49430-8_2",
        in_place=torch.tanh_,
    )
)


def penalized_tanh(x: Tensor, penalty: float = PENALTY) -> Tensor:
    """tanh(x), times the penalty where x is not positive, in the shape and dtype of x."""
    bent = torch.tanh(x)
    return torch.where(x > 0, bent, penalty * bent)


register(
    Activation(
        name="penalized_tanh",
        family=FAMILY,
        function=penalized_tanh,
        module=applied(penalized_tanh),
        definition=lambda x, penalty=PENALTY: either(x > 0, 1.0, penalty, like=x) * _tanh(x),
        derivative=lambda x, penalty=PENALTY: either(x > 0, 1.0, penalty, like=x) * sech_squared(x),
        formula="tanh(x) if x > 0 else penalty * tanh(x)",
        latex=r"\max(0, \tanh x) + a \min(0, \tanh x)",
        source="B. Xu, R. Huang and M. Li 2016, Revise saturated activation functions, "
        "arXiv:1602.05980; S. Eger, P. Youssef and I. Gurevych 2018, Is it time to swish?, "
        "arXiv:1901.02671",
        parameters={"penalty": PENALTY},
        kinks=(0.0,),
        is_composed=True,
    )
)


def _softsign(x: Tensor) -> Tensor:
    size = torch.abs(x)
    return torch.where(torch.isinf(x), torch.sign(x), x / (1 + size))


register(
    Activation(
        name="softsign",
        family=FAMILY,
        function=F.softsign,
        module=by_keyword(nn.Softsign),
        definition=_softsign,
        derivative=lambda x: (1 + torch.abs(x)) ** -2,
        formula="x / (1 + |x|)",
        latex=r"\frac{x}{1 + |x|}",
        source="J. Turian, J. Bergstra and Y. Bengio 2009, Quadratic features and deep "
        "architectures for chunking, NAACL-HLT; X. Glorot and Y. Bengio 2010, Understanding the "
        "difficulty of training deep feedforward neural networks, AISTATS",
        is_composed=True,  # inside F.softsign: abs, add, divide
    )
)


def _erf(x: Tensor) -> Tensor:
    """By its series where 1 - erfc(x) would cancel: terms of 2 x^2 / (2 n + 1), all positive."""
    term = torch.ones_like(x)
    total = torch.ones_like(x)
    small = torch.clamp(x, -1.0, 1.0)
    for n in range(1, 30):
        term = term * (2 * small * small / (2 * n + 1))
        total = total + term
    series = 2 / math.sqrt(math.pi) * small * torch.exp(-small * small) * total
    far = torch.sign(x) * (1 - torch.special.erfc(torch.abs(x)))
    return torch.where(torch.abs(x) < 1, series, far)


register(
    Activation(
        name="erf",
        family=FAMILY,
        function=torch.erf,
        module=applied(torch.erf),
        definition=_erf,
        derivative=lambda x: 2 / math.sqrt(math.pi) * torch.exp(-x * x),
        formula="2 / sqrt(pi) * integral of exp(-t^2) for t from 0 to x",
        latex=r"\operatorname{erf}(x)",
        source="C. Williams 1997, Computing with infinite networks, NIPS 9",
        derivative_supremum=2 / math.sqrt(math.pi),  # at 0
        in_place=torch.erf_,
    )
)
