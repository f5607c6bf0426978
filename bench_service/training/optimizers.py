"""One optimiser of ``torch.optim`` for all slices: each learning rate is a group of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from bench_service.workloads import Optimizer

BETAS = (0.9, 0.999)
EPSILON = 1e-8
"""Of Adam and AdamW: the defaults of torch.optim and of D. Kingma and J. Ba 2015, arXiv:1412.6980,
written out so that a release that changes them doesn't change a workload."""

Groups = list[dict[str, Any]]

MAKERS: Mapping[str, Callable[[Groups, Optimizer], torch.optim.Optimizer]] = {
    "sgd": lambda groups, _o: torch.optim.SGD(groups, fused=True),
    "momentum": lambda groups, o: torch.optim.SGD(groups, momentum=o.momentum, fused=True),
    "adam": lambda groups, _o: torch.optim.Adam(groups, betas=BETAS, eps=EPSILON, fused=True),
    "adamw": lambda groups, _o: torch.optim.AdamW(groups, betas=BETAS, eps=EPSILON, fused=True),
}


@dataclass(frozen=True)
class StackedOptimizer:
    """Steps all slices of a stack at once.

    Its parameters are views of the stacked ones, one for each learning rate: neighbours in the
    stack that share a rate share a group. Everything in an optimiser's step acts on each element
    alone, so a slice gets what it would get by itself.
    """

    optimizer: torch.optim.Optimizer
    views: tuple[tuple[Tensor, str, slice], ...]

    @classmethod
    def of(
        cls,
        settings: Optimizer,
        parameters: Mapping[str, Tensor],
        lrs: Sequence[float],
        undecayed: frozenset[str] = frozenset(),
    ) -> StackedOptimizer:
        """The optimiser of stacked parameters of shape (n_slices, ...), with a rate a slice.

        ``undecayed`` names parameters without weight decay.
        """
        groups: Groups = []
        views: list[tuple[Tensor, str, slice]] = []
        for lr, places in groupby(range(len(lrs)), key=lambda place: lrs[place]):
            same = list(places)
            where = slice(same[0], same[-1] + 1)
            for decays in (True, False):
                names = [name for name in parameters if (name not in undecayed) is decays]
                own = [parameters[name].detach()[where] for name in names]
                views += [(view, name, where) for view, name in zip(own, names, strict=True)]
                if own:
                    decay = settings.weight_decay if decays else 0.0
                    groups.append({"params": own, "lr": lr, "weight_decay": decay})
        return cls(MAKERS[settings.name](groups, settings), tuple(views))

    def step(self, gradients: Mapping[str, Tensor]) -> None:
        """Change the parameters in place by their gradients, each of shape (n_slices, ...)."""
        for view, name, where in self.views:
            # The fused kernels read memory in order, and autograd hands out transposed gradients.
            view.grad = gradients[name][where].contiguous()
        self.optimizer.step()
