"""A network learns from another one of known optimum: what is left of the loss is excess."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from bench_service.seeds import seed_of
from bench_service.workloads.base import WORKLOADS, Batch, Optimizer, Target, Workload
from bench_service.workloads.layers import mlp
from bench_service.workloads.losses import REGRESSION

N_INPUTS = 20
N_TEACHER_UNITS = 10
N_STUDENT_UNITS = 40
N_HELD_OUT = 500
BATCH_SIZE = 64
N_STEPS = 2000
PROBE_SEED = 0
TEACHER_SCALE = 1 / math.sqrt(N_TEACHER_UNITS * (0.5 - 0.5 / math.pi))
"""Makes the targets' variance 1: a rectified standard normal number has 1/2 - 1/(2 pi)."""
BEST_LINEAR_LOSS = 1 - 0.25 / (0.5 - 0.5 / math.pi)
"""Of a network without non-linearity: a rectified number is half of itself and half of its absolute
value, and for normal inputs no line has anything in common with the latter. Half of the number
itself has a variance of 1/4."""


def teacher(seed: int) -> Tensor:
    """Directions of the teacher's units: orthonormal rows, float32 of shape (10, 20)."""
    drawn = torch.randn(N_INPUTS, N_TEACHER_UNITS, generator=_generator(seed, "teacher"))
    directions: Tensor = torch.linalg.qr(drawn)[0]
    return directions.T.contiguous()


def taught(x: Tensor, directions: Tensor) -> Tensor:
    """What the teacher says of inputs (n, 20): shape (n, 1), mean 0 and variance 1.

    Half of the units count as +1 and half as -1. They are independent for standard normal inputs,
    since their directions are orthogonal.
    """
    signs = torch.ones(N_TEACHER_UNITS)
    signs[1::2] = -1
    return TEACHER_SCALE * ((x @ directions.T).clamp(min=0) @ signs)[:, None]


@dataclass(frozen=True)
class TeacherStream:
    """New inputs at every step, so that nothing can be learnt by heart."""

    seeds: Sequence[int]

    @cached_property
    def teachers(self) -> tuple[Tensor, ...]:
        """The directions of each seed's teacher."""
        return tuple(teacher(seed) for seed in self.seeds)

    def batch(self, step: int) -> Batch:
        """Inputs (n_seeds, 64, 20) that haven't been before, and what the teachers say of them."""
        return self._drawn(BATCH_SIZE, "batch", step)

    def held_out(self, split: Literal["val", "test"], step: int) -> Batch:
        """Inputs (n_seeds, 500, 20), whatever the step."""
        del step
        return self._drawn(N_HELD_OUT, split)

    def probe(self, n: int) -> Tensor:
        """Inputs of the same distribution: (n, 20)."""
        return torch.randn(n, N_INPUTS, generator=_generator(PROBE_SEED, "probe"))

    def _drawn(self, n: int, *names: str | int) -> Batch:
        xs = [torch.randn(n, N_INPUTS, generator=_generator(s, *names)) for s in self.seeds]
        ys = [taught(x, own) for x, own in zip(xs, self.teachers, strict=True)]
        return Batch(torch.stack(xs), torch.stack(ys))


def _generator(seed: int, *names: str | int) -> torch.Generator:
    return torch.Generator().manual_seed(seed_of(seed, *names))


WORKLOADS.add(
    "teacher_student",
    Workload(
        name="teacher_student",
        version=1,
        description="20-40-1 network that learns from a 20-10-1 network of ReLU: the smallest "
        "possible loss is 0, and ReLU has the advantage of being the teacher's own.",
        source="D. Saad and S. Solla 1995, On-line learning in soft committee machines, Physical "
        "Review E 52, doi:10.1103/PhysRevE.52.4225: orthonormal teacher and new Gaussian inputs at "
        "every step; here ReLU for erf, both signs, and a student that learns both layers by Adam",
        data=TeacherStream,
        model=lambda activation: mlp((N_INPUTS, N_STUDENT_UNITS, 1), activation),
        task=REGRESSION,
        optimizer=Optimizer(name="adam"),
        lrs=(3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1, 3.16e-1),
        default_lr=1e-2,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        chance=1.0,
        # 20 of 20 seeds of ReLU reach it at 0.01, after 950 steps in the median.
        target=Target(metric="val_loss", value=1e-3, version=1),
        slice_step_us=85.0,
        facts={"best_linear": BEST_LINEAR_LOSS},
    ),
)
