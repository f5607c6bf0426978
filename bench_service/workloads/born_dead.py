"""Networks that are constant before their first step: nothing is trained here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from bench_service.training.neurons.born_dead import two_ray_bounds
from bench_service.workloads.base import (
    WORKLOADS,
    Batch,
    LrPolicy,
    Optimizer,
    Task,
    Workload,
)
from bench_service.workloads.network_grid import CELLS, GridNetworks
from bench_service.workloads.parallel import spread

N_INPUTS = 16
CONSTANT_TOLERANCE = 1e-6
"""Ranges of an output up to this share of its size are rounding errors."""


@dataclass(frozen=True)
class Domain:
    """The same inputs on either side of 0 for every seed, split and step; there are no targets."""

    seeds: Sequence[int]

    def batch(self, step: int) -> Batch:
        """The inputs: (n_seeds, 16, 1)."""
        del step
        x = self.probe(N_INPUTS).expand(len(self.seeds), -1, -1)
        return Batch(x, torch.zeros_like(x))

    def held_out(self, split: Literal["val", "test"], step: int) -> Batch:
        """The inputs: (n_seeds, 16, 1)."""
        del split
        return self.batch(step)

    def probe(self, n: int) -> Tensor:
        """16 inputs spread evenly over +-sqrt(3), or fewer: (n, 1)."""
        return torch.linspace(-math.sqrt(3), math.sqrt(3), N_INPUTS)[:n, None]


def constant_share(prediction: Tensor, y: Tensor) -> Tensor:
    """The share of networks with a constant output, a scalar."""
    del y
    limit = CONSTANT_TOLERANCE * prediction.abs().amax(0)
    return (spread(prediction) <= limit).to(prediction.dtype).mean()


def share_of(cell: int) -> Callable[[Tensor, Tensor], Tensor]:
    """The share of networks with a constant output among those of one width and depth."""
    return lambda prediction, y: constant_share(prediction[:, cell], y)


NAMES = tuple(f"born_dead_width{width}_depth{depth}" for width, depth in CELLS)
BORN_DEAD = Task(
    loss=constant_share, further={name: share_of(cell) for cell, name in enumerate(NAMES)}
)

WORKLOADS.add(
    "born_dead",
    Workload(
        name="born_dead",
        version=1,
        description="Random networks of width 2 to 10 and depth 3 to 20, untrained: the share of "
        "them whose output is constant, in all as the loss, by width and depth as facts.",
        source="L. Lu, Y. Shin, Y. Su and G. Karniadakis 2019, Dying ReLU and initialization, "
        "arXiv:1903.06733, theorem 3.3, whose bounds for ReLU are among the workload's facts",
        data=Domain,
        model=GridNetworks,
        task=BORN_DEAD,
        optimizer=Optimizer(name="sgd"),
        lrs=(1e-3,),  # of no effect
        default_lr=1e-3,
        lr_policy=LrPolicy.SWEEP,
        n_steps=0,
        batch_size=N_INPUTS,
        n_checkpoints=0,
        facts={
            "relu_bounds": {
                name: list(two_ray_bounds(*cell)) for name, cell in zip(NAMES, CELLS, strict=True)
            }
        },
    ),
)
