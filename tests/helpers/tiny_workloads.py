"""Workloads that train in a moment, and the tasks that train them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import torch
from torch import nn

from bench_service.activations import ACTIVATIONS, Activation
from bench_service.training.result import SliceOutcome, TrainingCase
from bench_service.training.spec import TrainTask
from bench_service.training.trainer import train
from bench_service.workloads import Optimizer, Workload
from bench_service.workloads.layers import after_activation, mlp
from bench_service.workloads.losses import CLASSIFICATION
from bench_service.workloads.streams import Arrays, ArrayStream

N_CLASSES = 3
N_ROWS = 150
CPU = torch.device("cpu")
FOREVER_S = 1e6


@cache
def blobs(*shape: int) -> Arrays:
    """Rows of normal numbers, labelled by the largest of three random projections."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(N_ROWS, *shape, generator=generator)
    y = (x.flatten(1) @ torch.randn(x[0].numel(), N_CLASSES, generator=generator)).argmax(1)
    return Arrays(x, y, N_CLASSES)


def tiny(**changes: Any) -> Workload:
    """A 6-8-7-3 network on 150 rows, evaluated after every step."""
    values = {
        "name": "tiny", "version": 1, "description": "tiny", "source": "these tests",
        "data": lambda seeds: ArrayStream(blobs(6), seeds, 20),
        "model": lambda activation: mlp((6, 8, 7, N_CLASSES), activation),
        "task": CLASSIFICATION, "optimizer": Optimizer(name="sgd"), "lrs": (0.01, 0.1, 1.0),
        "default_lr": 0.1, "n_steps": 10, "batch_size": 20, "n_evaluations": 10,
        "n_checkpoints": 3, "n_probe": 40,
    }  # fmt: skip
    return Workload(**values | changes)


def tiny_conv(**changes: Any) -> Workload:
    """Two convolutions with batch normalisation on 2 x 6 x 6 images.

    A bias before a normalisation has no gradient but rounding errors, which Adam would make as
    large as any step: such layers have none.
    """

    def model(activation: Any) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1, bias=False),
            nn.BatchNorm2d(4),
            activation(4),
            after_activation(nn.Conv2d(4, 5, 3, stride=2, bias=False)),
            nn.BatchNorm2d(5),
            activation(5),
            nn.Flatten(),
            after_activation(nn.Linear(20, N_CLASSES)),
        )

    values = {"data": lambda seeds: ArrayStream(blobs(2, 6, 6), seeds, 20), "model": model}
    return tiny(**values | changes)


def a_case(lr: float = 0.1, seed: int = 0, **changes: Any) -> TrainingCase:
    """A slice of the tiny workload with ReLU."""
    values = {
        "workload": "tiny", "workload_version": 1, "activation": "relu", "backend": "cpu-eager",
        "init": "gain", "optimizer": "sgd", "lr": lr, "lr_role": "eval", "seed": seed,
    }  # fmt: skip
    return TrainingCase(**values | changes)


def crossed(lrs: Iterable[float], seeds: Sequence[int], **changes: Any) -> list[TrainingCase]:
    """A slice for every rate and seed."""
    return [a_case(lr, seed, **changes) for lr in lrs for seed in seeds]


def trained(
    workload: Workload,
    cases: Sequence[TrainingCase],
    activation: str | Activation = "relu",
    *,
    has_neurons: bool = False,
    time_limit_s: float = FOREVER_S,
    **more: Any,
) -> dict[tuple[float, int], SliceOutcome]:
    """What became of the slices, by learning rate and seed; the last role of several."""
    found = ACTIVATIONS.get(activation) if isinstance(activation, str) else activation
    named = tuple(replace(case, activation=found.name) for case in cases)
    task = TrainTask(named, time_limit_s, has_neurons=has_neurons)
    return {(o.case.lr, o.case.seed): o for o in train(task, workload, found, CPU, **more)}


def curve(outcome: SliceOutcome, split: str, metric: str) -> list[float]:
    """The values of a curve of a slice."""
    (found,) = [c for c in outcome.curves if (c.split, c.metric) == (split, metric)]
    return found.values.tolist()
