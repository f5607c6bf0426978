"""Factories of modules that take their parameters by keyword only.

``nn.LeakyReLU(True)`` is a slope of 1, which is no activation at all, and published benchmarks
contain it. Here a parameter has to be named.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from torch import Tensor, nn


def by_keyword(module: Callable[..., nn.Module], **fixed: float | str) -> Callable[..., nn.Module]:
    """A factory that calls the given one with keywords alone, some of them fixed."""

    def make(**keywords: float | str) -> nn.Module:
        return module(**fixed, **keywords)

    return make


class Applied(nn.Module):
    """A function with its parameters as a module without state."""

    def __init__(self, function: Callable[..., Tensor], **parameters: float) -> None:
        super().__init__()
        if parameters:  # torch's built-in functions have no signature to look at
            inspect.signature(function).bind(None, **parameters)  # a TypeError at once
        self.function = function
        self.parameters_given = parameters

    def forward(self, x: Tensor) -> Tensor:
        """The function of x, of whatever shape and dtype the function returns."""
        return self.function(x, **self.parameters_given)

    def extra_repr(self) -> str:
        """The function's name and the parameters that were given."""
        given = (f"{name}={value}" for name, value in self.parameters_given.items())
        return ", ".join((getattr(self.function, "__name__", repr(self.function)), *given))


def applied(function: Callable[..., Tensor]) -> Callable[..., nn.Module]:
    """A factory of modules that apply the function with the keywords that the factory got."""

    def make(**parameters: float) -> nn.Module:
        return Applied(function, **parameters)

    return make
