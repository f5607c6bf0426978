"""Several activations in one stack: each acts on slices of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Split:
    """Which slices of a stack are whose. Tensors of slices have the shape (n_slices, ...)."""

    places: tuple[Tensor, ...]
    """Of each activation, the places of its slices: int64."""
    back: Tensor
    """Where each slice is once the activations' parts are joined: (n_slices,), int64."""

    @classmethod
    def of(cls, owners: Sequence[int], device: torch.device) -> Split:
        """The split of slices whose activations have these numbers; every number occurs."""
        owner = torch.tensor(owners, dtype=torch.int64, device=device)
        places = tuple((owner == k).nonzero().flatten() for k in range(max(owners) + 1))
        return cls(places, torch.cat(places).argsort())

    def apart(self, stacked: Tensor) -> tuple[Tensor, ...]:
        """The slices of each activation."""
        if len(self.places) == 1:
            return (stacked,)
        return tuple(stacked.index_select(0, own) for own in self.places)

    def together(self, parts: Iterable[Tensor]) -> Tensor:
        """The stack whose slices were set apart."""
        own = tuple(parts)
        return own[0] if len(own) == 1 else torch.cat(own).index_select(0, self.back)


class SideBySide(nn.Module):
    """An activation module that is another function in every slice of a stack.

    Of elementwise activations alone: without anything learnt or drawn, a slice's output depends
    on nothing but its input. Outside of ``vmap`` there are no slices, and it is the first one.
    """

    split: Split | None = None

    def __init__(self, members: Iterable[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        """A tensor of the shape and dtype of x."""
        apply = self.members[0] if self.split is None else self._by_slices
        found: Tensor = apply(x)
        return found

    def _by_slices(self, x: Tensor) -> Tensor:
        found: Tensor = _BySlices.apply(x, self)  # type: ignore[no-untyped-call]  # torch's own
        return found


class _BySlices(torch.autograd.Function):
    """What ``vmap`` is to make of the module: its members on what is beneath.

    They are called one level lower, with all slices as one tensor, and so autograd sees them as
    it sees any function.
    """

    @staticmethod
    def forward(x: Tensor, module: SideBySide) -> NoReturn:
        del x, module
        raise AssertionError("there are no slices outside of vmap")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ANN401
        """Nothing is kept: gradients go through the members."""

    @staticmethod
    def vmap(
        info: Any,  # noqa: ANN401
        in_dims: tuple[int | None, ...],
        x: Tensor,
        module: SideBySide,
    ) -> tuple[Tensor, int]:
        """The outputs of all slices, and the dimension that they lie along."""
        del info
        assert module.split is not None
        assert in_dims[0] is not None
        parts = module.split.apart(x.movedim(in_dims[0], 0))
        outputs = [own(part) for own, part in zip(module.members, parts, strict=True)]
        return module.split.together(outputs), 0
