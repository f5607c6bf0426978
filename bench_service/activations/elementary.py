"""The few functions that the definitions share, for float64 and without surprises at infinity."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def indicator(condition: Tensor, like: Tensor) -> Tensor:
    """1 where the condition holds and 0 elsewhere, in the dtype of the second argument."""
    return condition.to(like.dtype)


def either(condition: Tensor, yes: float, no: float, like: Tensor) -> Tensor:
    """The first number where the condition holds and the second elsewhere, in like's dtype."""
    return torch.where(condition, torch.full_like(like, yes), torch.full_like(like, no))


def weighed(x: Tensor, weight: Tensor) -> Tensor:
    """The product of x and weight, which is 0 where the weight is, even if x is infinite.

    Every weight here decays faster than x grows, so that 0 is the limit.
    """
    return torch.where(weight == 0, torch.zeros_like(x), x * weight)


def logistic(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), with full relative accuracy on both sides."""
    decay = torch.exp(-torch.abs(x))
    return torch.where(x >= 0, 1 / (1 + decay), decay / (1 + decay))


def log_one_plus_exp(x: Tensor) -> Tensor:
    """ln(1 + exp(x)), which neither overflows nor cancels."""
    return torch.clamp(x, min=0) + torch.log1p(torch.exp(-torch.abs(x)))


def sech_squared(x: Tensor) -> Tensor:
    """1 / cosh(x)^2, the derivative of tanh, without the cancellation of 1 - tanh(x)^2."""
    decay = torch.exp(-2 * torch.abs(x))
    return 4 * decay / (1 + decay) ** 2


def normal_cdf(x: Tensor) -> Tensor:
    """P(Z <= x) for a standard normal Z, with full relative accuracy on both sides."""
    tail: Tensor = torch.special.erfc(-x / math.sqrt(2))
    return 0.5 * tail


def normal_pdf(x: Tensor) -> Tensor:
    """The density of a standard normal at x."""
    return torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def swish(x: Tensor, beta: float = 1.0) -> Tensor:
    """X logistic(beta x), with 0 as its limit at minus infinity."""
    return weighed(x, logistic(beta * x))


def swish_slope(x: Tensor, beta: float = 1.0) -> Tensor:
    """The derivative of x logistic(beta x)."""
    on, off = logistic(beta * x), logistic(-beta * x)
    return on + weighed(beta * x, on * off)
