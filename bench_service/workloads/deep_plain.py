"""Digits by twenty layers without normalisation or shortcuts: whose gradients vanish on the way."""

from __future__ import annotations

import math

from bench_service.workloads.base import WORKLOADS, Optimizer, Target, Workload
from bench_service.workloads.digits import N_CLASSES, N_PIXELS, digit_batches
from bench_service.workloads.layers import mlp
from bench_service.workloads.losses import CLASSIFICATION

BATCH_SIZE = 64
N_STEPS = 320  # 20 epochs
N_HIDDEN_LAYERS = 20
WIDTH = 64

WORKLOADS.add(
    "deep_plain",
    Workload(
        name="deep_plain",
        version=1,
        description="20 hidden layers of 64 units on 8 x 8 digits, without normalisation or "
        "shortcuts, 20 epochs of Adam: gradients that vanish leave the first layers untrained.",
        source="K. He et al. 2015, arXiv:1502.01852, section 2.2, who train 30 convolutional "
        "layers on ImageNet from two initialisations; here 21 dense ones on digits",
        data=digit_batches(BATCH_SIZE),
        model=lambda activation: mlp(
            (N_PIXELS, *(WIDTH,) * N_HIDDEN_LAYERS, N_CLASSES), activation
        ),
        task=CLASSIFICATION,
        optimizer=Optimizer(name="adam"),
        lrs=(3.16e-5, 1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2),
        default_lr=1e-3,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        chance=math.log(N_CLASSES),
        # 20 of 20 seeds of ReLU reach it from their gain at 0.00316, after 144 steps in the median;
        # none from torch's own initialisation.
        target=Target(metric="val_accuracy", value=0.90, version=1),
        inits=("gain", "torch_default"),
        n_checkpoints=4,
        n_probe=256,
        slice_step_us=1400.0,
    ),
)
