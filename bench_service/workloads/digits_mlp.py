"""Digits by a small fully connected network: the control on which rectifiers hardly differ."""

from __future__ import annotations

import math

from bench_service.workloads.base import WORKLOADS, Optimizer, Target, Workload
from bench_service.workloads.digits import N_CLASSES, N_PIXELS, SOURCE, digit_batches
from bench_service.workloads.layers import mlp
from bench_service.workloads.losses import CLASSIFICATION

BATCH_SIZE = 64
N_STEPS = 340  # 21 epochs of 16 batches

WORKLOADS.add(
    "digits_mlp",
    Workload(
        name="digits_mlp",
        version=1,
        description="64-128-128-10 network on 8 x 8 digits, 340 steps of Adam.",
        source=SOURCE,
        data=digit_batches(BATCH_SIZE),
        model=lambda activation: mlp((N_PIXELS, 128, 128, N_CLASSES), activation),
        task=CLASSIFICATION,
        optimizer=Optimizer(name="adam"),
        lrs=(1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1),
        default_lr=1e-3,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        n_probe=384,
        chance=math.log(N_CLASSES),
        target=Target(metric="val_accuracy", value=0.95, version=1),
    ),
)
