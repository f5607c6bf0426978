"""One task after another: whether a network that has learnt nineteen still learns the twentieth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from bench_service.seeds import seed_of
from bench_service.workloads.base import WORKLOADS, Batch, Optimizer, Workload
from bench_service.workloads.digits import N_CLASSES, N_PIXELS, digits
from bench_service.workloads.layers import mlp
from bench_service.workloads.losses import CLASSIFICATION
from bench_service.workloads.streams import PROBE_SEED, ArrayStream

N_TASKS = 20
BATCH_SIZE = 16
STEPS_PER_TASK = 67
"""One pass through the training digits: each is seen once in a task, as in the paper."""


class PermutedDigits:
    """Digits whose pixels are put into another order for every task."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._digits = ArrayStream(digits(), seeds, BATCH_SIZE)
        self._orders = [
            torch.stack([_pixel_order(seed, task) for seed in seeds]) for task in range(N_TASKS)
        ]

    def batch(self, step: int) -> Batch:
        """The batch of a step, in the pixel order of its task: (n_seeds, batch_size, 64)."""
        return self._permuted(self._digits.batch(step), step // STEPS_PER_TASK)

    def held_out(self, split: Literal["val", "test"], step: int) -> Batch:
        """Held-out digits in the pixel order of the task that has just been trained."""
        task = max(0, step - 1) // STEPS_PER_TASK
        return self._permuted(self._digits.held_out(split, step), task)

    def probe(self, n: int) -> Tensor:
        """At most n digits in a pixel order that no task has, as a next task would: (n, 64)."""
        return self._digits.probe(n)[:, _pixel_order(PROBE_SEED, N_TASKS)]

    def _permuted(self, batch: Batch, task: int) -> Batch:
        orders = self._orders[min(task, N_TASKS - 1)]
        return Batch(torch.gather(batch.x, 2, orders[:, None].expand_as(batch.x)), batch.y)


def _pixel_order(seed: int, task: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed_of(seed, "pixel order", task))
    return torch.randperm(N_PIXELS, generator=generator)


WORKLOADS.add(
    "continual",
    Workload(
        name="continual",
        version=1,
        description="64-100-100-100-10 network on 20 tasks in a row, each the digits with their "
        "pixels in another order, by SGD at a constant rate.",
        source="S. Dohare et al. 2024, Loss of plasticity in deep continual learning, Nature 632, "
        "doi:10.1038/s41586-024-07711-7: online permuted MNIST, 800 tasks of 60,000 digits; here "
        "20 tasks of 1,072",
        data=PermutedDigits,
        model=lambda activation: mlp((N_PIXELS, 100, 100, 100, N_CLASSES), activation),
        task=CLASSIFICATION,
        optimizer=Optimizer(name="sgd"),
        lrs=(1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1, 3.16e-1, 1.0),
        default_lr=1e-1,
        n_steps=N_TASKS * STEPS_PER_TASK,
        batch_size=BATCH_SIZE,
        n_evaluations=N_TASKS,
        scored_at="last",
        chance=math.log(N_CLASSES),
        slice_step_us=350.0,
        facts={"n_tasks": N_TASKS, "steps_per_task": STEPS_PER_TASK},
    ),
)
