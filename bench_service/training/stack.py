"""Many models of one shape as one: parameters with a first dimension of slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from bench_service.training.initialisation import start_weights
from bench_service.training.side_by_side import SideBySide, Split
from bench_service.training.skeleton import Skeleton
from bench_service.workloads import Batch, Task


class Seen(NamedTuple):
    """What went through one activation module: tensors of shape (n_slices, n, n_units, ...)."""

    before: Tensor
    after: Tensor
    slope: Tensor
    """The derivative of what comes after by what came before, as autograd has it in the model."""


class Losses(NamedTuple):
    """Of one batch, each of shape (n_slices,)."""

    objective: Tensor
    """What is minimised; gradients flow through it."""
    loss: Tensor
    accuracy: Tensor | None = None


@dataclass(frozen=True)
class Stack:
    """The slices of a task. Its tensors have the shape (n_slices, ...)."""

    skeleton: Skeleton
    task: Task
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    seed_of_slice: Tensor
    """The place of each slice's seed among the seeds: (n_slices,), int64."""
    split: Split
    """Which slices have which of the skeleton's activations."""
    _kept: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)

    @classmethod
    def begin(
        cls,
        skeleton: Skeleton,
        task: Task,
        init: str,
        seeds: Sequence[int],
        seed_of_slice: Sequence[int],
        device: torch.device,
        activation_of_slice: Sequence[int] = (),
    ) -> Stack:
        """A stack before its first step; slices of one seed begin with the same weights.

        ``activation_of_slice`` has a number a slice, where the skeleton has several activations:
        0 is its own one, and the others follow.
        """
        places = torch.tensor(seed_of_slice, dtype=torch.int64, device=device)
        split = Split.of(activation_of_slice or [0] * len(places), device)
        started = [start_weights(own, init, seeds) for own in skeleton.members]
        parameters = {
            name: split.together(
                own[name].to(device).index_select(0, of_own)
                for own, of_own in zip(started, split.apart(places), strict=True)
            ).requires_grad_()
            for name in started[0]
        }
        buffers = {
            name: buffer.to(device).expand(len(places), *buffer.shape).clone()
            for name, buffer in skeleton.model.named_buffers()
            if buffer.numel()
        }
        skeleton.model.to(device)
        for layer in skeleton.layers:
            module = skeleton.model.get_submodule(layer)
            if isinstance(module, SideBySide):
                module.split = split
        stack = cls(skeleton, task, parameters, buffers, places, split)
        stack._listen()
        return stack

    @property
    def n_slices(self) -> int:
        """Slices in the stack."""
        return len(self.seed_of_slice)

    def of_slices(self, of_seeds: Tensor) -> Tensor:
        """What each slice gets of a tensor of shape (n_seeds, ...)."""
        device = self.seed_of_slice.device
        return of_seeds.to(device).index_select(0, self.seed_of_slice)

    def losses(self, batch: Batch, noise: Mapping[str, Tensor]) -> Losses:
        """The losses of a batch in training mode.

        ``batch`` and ``noise`` have the shape (n_slices, ...).
        """
        self.skeleton.model.train()
        task = self.task

        def one(
            parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor, y: Tensor
        ) -> tuple[Tensor, ...]:
            prediction = functional_call(self.skeleton.model, (parameters, buffers), (x,))
            outputs = [self._kept.pop(layer)[1] for layer in self.skeleton.layers]
            loss = task.loss(prediction, y)
            objective = loss if task.objective is None else task.objective(prediction, y, outputs)
            accuracy = () if task.accuracy is None else (task.accuracy(prediction.detach(), y),)
            return objective, loss.detach(), *accuracy

        stacked = vmap(one, randomness="different")
        return Losses(*stacked(self.parameters, self.buffers | dict(noise), *batch))

    def gradients(self, objective: Tensor) -> dict[str, Tensor]:
        """The gradient of each slice's objective: slices don't touch one another in their sum."""
        found = torch.autograd.grad(
            objective.sum(),
            list(self.parameters.values()),
            allow_unused=True,
            materialize_grads=True,
        )
        return dict(zip(self.parameters, found, strict=True))

    @torch.no_grad()
    def scores(
        self,
        batch: Batch,
        parameters: Mapping[str, Tensor] | None = None,
        buffers: Mapping[str, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """The task's scores in evaluation mode, each (n_slices,); of these weights if given."""
        self.skeleton.model.eval()
        scores = self.task.scores

        def one(
            parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor, y: Tensor
        ) -> tuple[Tensor, ...]:
            prediction = functional_call(self.skeleton.model, (parameters, buffers), (x,))
            self._kept.clear()
            return tuple(score(prediction, y) for score in scores.values())

        weights = (dict(parameters or self.parameters), dict(buffers or self.buffers))
        found = vmap(one, randomness="different")(*weights, *batch)
        return dict(zip(scores, found, strict=True))

    @torch.no_grad()
    def answers(
        self, x: Tensor, parameters: Mapping[str, Tensor], buffers: Mapping[str, Tensor]
    ) -> Tensor:
        """What slices say to x with these weights in evaluation mode: (n_slices, n, ...) each.

        Each of them to inputs of its own.
        """
        self.skeleton.model.eval()

        def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor) -> Tensor:
            prediction: Tensor = functional_call(self.skeleton.model, (parameters, buffers), (x,))
            self._kept.clear()
            return prediction

        stacked: Callable[..., Tensor] = vmap(one, randomness="different")
        return stacked(dict(parameters), dict(buffers), x.to(self.seed_of_slice.device))

    def look(self, x: Tensor) -> dict[str, Seen]:
        """What goes through the activations in evaluation mode, for inputs (n, ...) of all slices.

        By layer. The slope is that of the module with what it has learnt, so that a PReLU's is
        its own; the identity probe has held it against the formula.
        """
        self.skeleton.model.eval()
        with torch.no_grad():
            before = vmap(self._before, in_dims=(0, 0, None), randomness="different")(
                self.parameters, self.buffers, x
            )
        return {layer: self._seen(layer, z) for layer, z in before.items()}

    def _before(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor
    ) -> dict[str, Tensor]:
        functional_call(self.skeleton.model, (parameters, buffers), (x,))
        return {layer: self._kept.pop(layer)[0] for layer in self.skeleton.layers}

    def _seen(self, layer: str, before: Tensor) -> Seen:
        module = self.skeleton.model.get_submodule(layer)
        own = [
            {
                name.removeprefix(f"{layer}."): value.detach()
                for name, value in held.items()
                if name.startswith(f"{layer}.")
            }
            for held in (self.parameters, self.buffers)
        ]

        def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], z: Tensor) -> Tensor:
            after: Tensor = functional_call(module, (parameters, buffers), (z,))
            return after

        z = before.detach().requires_grad_()
        in_dims = (0 if own[0] else None, 0 if own[1] else None, 0)
        stacked: Callable[..., Tensor] = vmap(one, in_dims=in_dims, randomness="different")
        after = stacked(own[0], own[1], z)
        (slope,) = torch.autograd.grad(after.sum(), z)
        self._kept.clear()
        return Seen(before, after.detach(), slope)

    def _listen(self) -> None:
        """Have the activations keep what goes through them.

        Their hooks know what they fill and not the stack: a circle of references would hold its
        memory until the collector happens to run, and a stack that didn't fit is halved at once.
        """
        kept = self._kept
        for layer in self.skeleton.layers:
            self.skeleton.model.get_submodule(layer).register_forward_hook(
                lambda _module, args, output, layer=layer: kept.__setitem__(
                    layer, (args[0], output)
                )
            )
