"""What a stack is trained and judged on: a stream of data, or what its networks do themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from torch import Tensor

from bench_service.training.stack import Stack
from bench_service.workloads import Batch, Networks, Play, Stream, Workload

Split = Literal["val", "test"]
Weights = Mapping[str, Tensor]


class Supply(Protocol):
    """Batches and scores of the slices of a stack."""

    def batch(self, step: int) -> Batch:
        """The batch of a training step: (n_slices, batch_size, ...), on the stack's device."""
        ...

    def scores(
        self, split: Split, step: int, parameters: Weights, buffers: Weights
    ) -> dict[str, Tensor]:
        """What is said of these weights after so many steps, by name: (n_slices,) each."""
        ...


def supply_of(workload: Workload, stack: Stack, stream: Stream, seeds: Sequence[int]) -> Supply:
    """The supply of a stack whose slices have these seeds."""
    if workload.play is not None:
        return FromPlay(stack, workload.play(seeds))
    return FromStream(stack, stream)


@dataclass(frozen=True)
class FromStream:
    """Data that are there before: slices of one seed share them."""

    stack: Stack
    stream: Stream

    def batch(self, step: int) -> Batch:
        """The stream's batch of a step, for every slice that of its seed."""
        return self._of_slices(self.stream.batch(step))

    def scores(
        self, split: Split, step: int, parameters: Weights, buffers: Weights
    ) -> dict[str, Tensor]:
        """The task's scores on held-out data."""
        held = self._of_slices(self.stream.held_out(split, step))
        return self.stack.scores(held, parameters, buffers)

    def _of_slices(self, of_seeds: Batch) -> Batch:
        return Batch(self.stack.of_slices(of_seeds.x), self.stack.of_slices(of_seeds.y))


@dataclass(frozen=True)
class FromPlay:
    """Data that slices make by what they do, each its own."""

    stack: Stack
    play: Play

    def batch(self, step: int) -> Batch:
        """What slices learn from at a step."""
        stack = self.stack
        found = self.play.batch(step, _Played(stack, stack.parameters, stack.buffers))
        device = stack.seed_of_slice.device
        return Batch(found.x.to(device), found.y.to(device))

    def scores(
        self, split: Split, step: int, parameters: Weights, buffers: Weights
    ) -> dict[str, Tensor]:
        """How well slices do with these weights."""
        device = self.stack.seed_of_slice.device
        found = self.play.scores(split, step, _Played(self.stack, parameters, buffers))
        return {name: score.to(device) for name, score in found.items()}


@dataclass(frozen=True)
class _Played:
    """Networks that a play can ask."""

    stack: Stack
    parameters: Weights
    buffers: Weights

    def __call__(self, x: Tensor) -> Tensor:
        return self.stack.answers(x, self.parameters, self.buffers).cpu()

    def frozen(self) -> Networks:
        copied = (
            {name: value.detach().clone() for name, value in held.items()}
            for held in (self.parameters, self.buffers)
        )
        return _Played(self.stack, *copied)
