"""Streams over arrays: a split and an order of batches for every seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from bench_service.errors import WorkloadError
from bench_service.seeds import seed_of
from bench_service.workloads.base import Batch

PROBE_SEED = 0


@dataclass(frozen=True)
class Arrays:
    """A data set: inputs of shape (n, ...) and targets of shape (n, ...)."""

    x: Tensor
    y: Tensor
    n_classes: int | None = None
    """Targets are labels from 0 to below this; None where they are no labels."""

    def __post_init__(self) -> None:
        """Nothing; WorkloadError where inputs and targets don't fit, or a label is out of range."""
        if len(self.x) != len(self.y):
            raise WorkloadError(
                "Inputs and targets differ in number.", got=f"{len(self.x)} and {len(self.y)}"
            )
        if self.n_classes is not None and len(self.y):
            low, high = int(self.y.min()), int(self.y.max())
            if low < 0 or high >= self.n_classes:
                raise WorkloadError(
                    "A label lies outside the range of classes.",
                    got=f"labels from {low} to {high}",
                    allowed=f"0 to {self.n_classes - 1}",
                    next_step="number the classes from 0, or correct n_classes",
                )


class ArrayStream:
    """Batches of a data set: each seed splits it and orders it in a way of its own.

    Two tenths each are validation and test data. Batches follow one another through random orders
    of the training data; what is left of an order that fills no batch is left out.
    """

    def __init__(
        self, arrays: Arrays, seeds: Sequence[int], batch_size: int, held_out_share: float = 0.2
    ) -> None:
        n = len(arrays.x)
        n_held = round(held_out_share * n)
        self.arrays = arrays
        self.batch_size = batch_size
        splits = torch.stack([_order(seed, n, "split") for seed in seeds])
        self._rows = {
            "test": splits[:, :n_held],
            "val": splits[:, n_held : 2 * n_held],
            "train": splits[:, 2 * n_held :],
        }
        self._seeds = tuple(seeds)
        self._epoch = -1
        self._epoch_rows = splits[:, :0]
        if self.n_batches < 1:
            raise WorkloadError(
                "A batch is larger than the training data.",
                got=f"{batch_size} of {self._rows['train'].shape[1]}",
                next_step="make the batch smaller",
            )

    @property
    def n_batches(self) -> int:
        """Batches in an epoch."""
        return int(self._rows["train"].shape[1]) // self.batch_size

    def batch(self, step: int) -> Batch:
        """The batch of a step: (n_seeds, batch_size, ...)."""
        epoch, at = divmod(step, self.n_batches)
        if epoch != self._epoch:
            self._epoch, self._epoch_rows = epoch, self._ordered(epoch)
        rows = self._epoch_rows[:, at * self.batch_size : (at + 1) * self.batch_size]
        return Batch(self.arrays.x[rows], self.arrays.y[rows])

    def held_out(self, split: Literal["val", "test"], step: int) -> Batch:
        """Validation or test data: (n_seeds, n, ...), whatever the step."""
        del step
        rows = self._rows[split]
        return Batch(self.arrays.x[rows], self.arrays.y[rows])

    def probe(self, n: int) -> Tensor:
        """At most n inputs of the whole data set, drawn once: (n, ...).

        The same for all seeds, so that dead units can be counted over the same inputs.
        """
        rows = _order(PROBE_SEED, len(self.arrays.x), "probe")[:n]
        return self.arrays.x[rows]

    def _ordered(self, epoch: int) -> Tensor:
        train = self._rows["train"]
        orders = [_order(seed, train.shape[1], "order", epoch) for seed in self._seeds]
        return torch.gather(train, 1, torch.stack(orders))


def _order(seed: int, n: int, *names: str | int) -> Tensor:
    generator = torch.Generator().manual_seed(seed_of(seed, *names))
    return torch.randperm(n, generator=generator)
