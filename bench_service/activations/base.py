"""What an activation is, and the registry of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor, nn

from bench_service.errors import InputError
from bench_service.registry import Registry

NOTHING: Mapping[str, float] = MappingProxyType({})


class ShapeClass(StrEnum):
    """How the output's shape depends on the input's, and what a comparison has to mind."""

    ELEMENTWISE = "elementwise"
    PARAMETRIC = "parametric"  # elementwise with learnt parameters
    STOCHASTIC = "stochastic"  # elementwise with noise in training mode
    WIDTH_DOUBLED = "width_doubled"  # CReLU: 2 C channels come out of C
    WIDTH_HALVED = "width_halved"  # the GLU family: C channels come out of 2 C
    SPATIAL = "spatial"  # looks at neighbours in an image

    @property
    def keeps_width(self) -> bool:
        """True where a model needs no other layer sizes: only those enter one comparison."""
        return self in (self.ELEMENTWISE, self.PARAMETRIC, self.STOCHASTIC)


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A catalogue entry.

    ``function`` is what users run and what is timed. ``definition`` and ``derivative`` are the
    same function written from its formula in elementary operations, evaluated in float64: what
    ``function`` is held against before any time is taken.

    Entries that change the width take the packed input in both. The gated ones take 2 C values
    in the last dimension, the value half first and the gate half second, as ``F.glu`` has it; the
    linear maps before it belong to the model. Where one input value reaches several outputs (a
    gate, CReLU's pair, a neighbour in an image), ``derivative`` has the shape of the input and is
    the vector-Jacobian product with a gradient of ones: d sum(f) / d x. ``kinks`` are then those
    of the gate.

    Learnt parameters run along the channels: dimension 1 of an input with two dimensions or
    more, and a single channel otherwise.
    """

    name: str
    family: str
    function: Callable[..., Tensor]
    """``function(x, **tensors, **parameters)``: the public torch call, or our composition.

    Parameters that are left out have their defaults, so ``function(x, **tensors)`` is the entry as
    it stands (see ``keywords``). Stochastic entries draw noise: this is what trains.
    """
    module: Callable[..., nn.Module]
    """Keyword-only factory of a module; called without arguments it has the defaults.

    Entries with learnt ``tensors`` also take ``n_channels``, and those whose module is torch's own
    take its ``inplace``. Stochastic ones are quiet in evaluation mode. All can be stacked with
    ``torch.func.vmap``.
    """
    definition: Callable[..., Tensor]
    """``definition(x64, **parameters)`` in evaluation mode, with learnt tensors at their start."""
    derivative: Callable[..., Tensor]
    """``derivative(x64, **parameters)``: d definition / d x, at kinks as torch defines it."""
    formula: str
    latex: str
    source: str
    """Author, year, title or venue, and where one exists an arXiv id or a DOI."""
    shape_class: ShapeClass = ShapeClass.ELEMENTWISE
    parameters: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    """Parameters that are fixed numbers, with the defaults that ``function`` uses."""
    tensors: Callable[[int, torch.dtype, torch.device], dict[str, Tensor]] | None = None
    """``tensors(n_channels, dtype, device)``: learnt parameters at their start, by keyword.

    New ones at every call. Those that are learnt require a gradient; running statistics don't.
    """
    kinks: tuple[float, ...] = ()
    """Where the derivative jumps or the function does, at default parameters, in rising order."""
    derivative_supremum: float = 1.0
    """sup |f'| at default parameters; inf where f' is unbounded."""
    can_be_zero: bool = False
    """f is exactly 0 on an open set (mathematically, not by underflow)."""
    can_be_flat: bool = False
    """f' is exactly 0 on an open set (mathematically, not by underflow)."""
    in_place: Callable[..., Tensor] | None = None
    """``in_place(x)`` overwrites x with the same values, where torch has it."""
    moments: Callable[..., tuple[Tensor, Tensor]] | None = None
    """Stochastic entries: ``moments(x64, **parameters)`` is the mean and the standard deviation
    of ``function(x)`` over its noise, for every element of x."""
    noise: Literal["", "uniform", "normal"] = ""
    """Stochastic entries: the distribution of what ``with_noise`` takes; on [0, 1), or N(0, 1)."""
    with_noise: Callable[..., Tensor] | None = None
    """Stochastic entries: ``with_noise(x, noise, **parameters)`` is ``function(x)`` for noise of
    x's shape that is given instead of drawn, so that two trainings can share it."""
    is_composed: bool = False
    """Several kernels where a native activation has one: its time says so too."""
    version: int = 1
    """Raised when the meaning changes, so that old results are never mixed with new ones."""

    def keywords(self, **parameters: float) -> dict[str, float]:
        """The given parameters that differ from the defaults: all that a call has to name.

        InputError for a parameter that this activation doesn't have.
        """
        unknown = [name for name in parameters if name not in self.parameters]
        if unknown:
            raise InputError(
                f"The activation {self.name!r} has no parameter {unknown[0]!r}.",
                got=", ".join(unknown),
                allowed=", ".join(self.parameters) or "no parameters at all",
                next_step="leave it out, or correct its name",
            )
        return {name: value for name, value in parameters.items() if self.parameters[name] != value}


ACTIVATIONS: Registry[Activation] = Registry("activation")


def register(activation: Activation) -> Activation:
    """The activation itself, added to the catalogue under its name."""
    return ACTIVATIONS.add(activation.name, activation)
