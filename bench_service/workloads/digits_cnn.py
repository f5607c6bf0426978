"""Digits anywhere in the picture by a small convolutional network, plain and batch-normalised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.workloads.base import (
    WORKLOADS,
    ActivationFactory,
    Optimizer,
    Stream,
    Target,
    Workload,
)
from bench_service.workloads.digits import N_CLASSES, digits
from bench_service.workloads.layers import after_activation
from bench_service.workloads.losses import CLASSIFICATION
from bench_service.workloads.streams import Arrays, ArrayStream

SIDE = 8
REACH = 2
"""Pixels by which a digit may lie off its place, each way: centred ones are learnt in 20 steps, too
few to tell activations apart."""
SHIFT_SEED = 0
N_CHANNELS = (1, 16, 32, 32)
STRIDES = (1, 2, 1)
BATCH_SIZE = 32
N_STEPS = 330  # 10 epochs
TRAINED = Target(metric="train_accuracy", value=0.75, version=1)
"""25 % training error, as in figure 1 of the paper, which 20 of 20 seeds of ReLU reach."""
SOURCE = (
    "A. Krizhevsky, I. Sutskever and G. Hinton 2012, ImageNet classification with deep "
    "convolutional neural networks, NeurIPS, figure 1: four layers, steps to 25 % training error "
    "at each network's best rate; there CIFAR-10, here digits"
)


@cache
def shifted_digits() -> Arrays:
    """Digits of shape (1797, 1, 8, 8), each moved by -2 to 2 pixels down and right, once for all.

    Both moves are drawn evenly. What comes into the picture is background, and what leaves it is
    lost.
    """
    centred = digits()
    images = centred.x.view(-1, SIDE, SIDE)
    padded = F.pad(images, (REACH,) * 4, value=float(images.min()))
    windows = padded.unfold(1, SIDE, 1).unfold(2, SIDE, 1)
    generator = torch.Generator().manual_seed(SHIFT_SEED)
    down, right = torch.randint(2 * REACH + 1, (2, len(images)), generator=generator)
    moved = windows[torch.arange(len(images)), down, right]
    return Arrays(moved[:, None], centred.y, N_CLASSES)


def cnn(activation: ActivationFactory, *, is_normalised: bool) -> nn.Sequential:
    """Convolutions of 3 x 3 with 16, 32 and 32 channels, then a linear layer.

    The second convolution halves the side. Modules are ``conv1``, ``act1``, ..., ``head``. Where
    the network is normalised, ``norm1``, ... stand between, and convolutions have no bias.
    """
    model = nn.Sequential()
    for number, stride in enumerate(STRIDES, start=1):
        n_in, n_out = N_CHANNELS[number - 1 : number + 1]
        conv = nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=not is_normalised)
        model.add_module(f"conv{number}", conv if number == 1 else after_activation(conv))
        if is_normalised:
            model.add_module(f"norm{number}", nn.BatchNorm2d(n_out))
        model.add_module(f"act{number}", activation(n_out))
    model.add_module("flatten", nn.Flatten())
    n_features = N_CHANNELS[-1] * (SIDE // 2) ** 2
    model.add_module("head", after_activation(nn.Linear(n_features, N_CLASSES)))
    return model


def _stream(seeds: Sequence[int]) -> Stream:
    return ArrayStream(shifted_digits(), seeds, BATCH_SIZE)


def _add(name: str, what: str, slice_step_us: float, *, is_normalised: bool) -> None:
    WORKLOADS.add(
        name,
        Workload(
            name=name,
            version=1,
            description=f"Three convolutions{what} and a linear layer on 8 x 8 digits that lie off "
            "their place, 10 epochs of SGD with momentum 0.9.",
            source=SOURCE,
            data=_stream,
            model=lambda activation: cnn(activation, is_normalised=is_normalised),
            task=CLASSIFICATION,
            optimizer=Optimizer(name="momentum"),
            lrs=(3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1, 3.16e-1),
            default_lr=1e-2,
            n_steps=N_STEPS,
            batch_size=BATCH_SIZE,
            n_evaluations=33,
            n_probe=256,  # with 64 or 16 positions each: enough, at a tenth of its training
            chance=math.log(N_CLASSES),
            target=TRAINED,
            slice_step_us=slice_step_us,
        ),
    )


_add("digits_cnn", "", 2000.0, is_normalised=False)
_add("digits_cnn_bn", " with batch normalisation", 2600.0, is_normalised=True)
