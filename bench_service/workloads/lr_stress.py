"""Learning rates from harmless to ruinous: whose neurons die, and whose weights blow up."""

from __future__ import annotations

import math

from bench_service.workloads.base import WORKLOADS, LrPolicy, Optimizer, Workload
from bench_service.workloads.digits import N_CLASSES, N_PIXELS, digit_batches
from bench_service.workloads.layers import mlp
from bench_service.workloads.losses import CLASSIFICATION

BATCH_SIZE = 64
N_STEPS = 136  # 8 1/2 epochs of 16 batches

WORKLOADS.add(
    "lr_stress",
    Workload(
        name="lr_stress",
        version=1,
        description="64-128-128-10 network on 8 x 8 digits, 136 steps of SGD with momentum 0.9, "
        "at learning rates from 0.01 to 1.",
        source="The statement that a large gradient can kill a ReLU for good, put to the test: "
        "A. Karpathy, CS231n notes, Neural networks part 1",
        data=digit_batches(BATCH_SIZE),
        model=lambda activation: mlp((N_PIXELS, 128, 128, N_CLASSES), activation),
        task=CLASSIFICATION,
        optimizer=Optimizer(name="momentum"),
        lrs=(0.01, 0.03, 0.1, 0.3, 0.6, 1.0),
        default_lr=0.1,
        lr_policy=LrPolicy.SWEEP,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        n_evaluations=8,
        n_checkpoints=5,
        n_probe=192,  # it trains so briefly that more would cost more than a tenth of it
        chance=math.log(N_CLASSES),
    ),
)
