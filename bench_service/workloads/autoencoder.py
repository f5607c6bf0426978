"""Digits through eight numbers and back: a linear network can at best be principal components."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from bench_service.workloads.base import (
    WORKLOADS,
    ActivationFactory,
    Optimizer,
    Stream,
    Target,
    Workload,
)
from bench_service.workloads.digits import N_PIXELS, digits
from bench_service.workloads.layers import after_activation
from bench_service.workloads.losses import REGRESSION
from bench_service.workloads.streams import Arrays, ArrayStream

N_CODES = 8
BATCH_SIZE = 16
N_STEPS = 3350  # 50 epochs
MEAN_DIGIT_LOSS = 0.517
"""Of validation data when every digit is given back as the mean of training data."""
PRINCIPAL_COMPONENTS_LOSS = 0.171
"""Of validation data, by the first 8 principal components of training data: the optimum of a linear
autoencoder. P. Baldi and K. Hornik 1989, doi:10.1016/0893-6080(89)90014-2. Like the one above a
median over splits, which lie between 0.166 and 0.179."""


def autoencoder(activation: ActivationFactory) -> nn.Sequential:
    """A network 64-48-24-8-24-48-64 whose codes are linear, as are its outputs.

    Rectified codes would leave ReLU half of the space, and of its codes about half dead.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        linear1=nn.Linear(N_PIXELS, 48),
        act1=activation(48),
        linear2=after_activation(nn.Linear(48, 24)),
        act2=activation(24),
        code=after_activation(nn.Linear(24, N_CODES)),
        linear3=nn.Linear(N_CODES, 24),
        act3=activation(24),
        linear4=after_activation(nn.Linear(24, 48)),
        act4=activation(48),
        head=after_activation(nn.Linear(48, N_PIXELS)),
    )
    return nn.Sequential(layers)


def reconstructed_batches(seeds: Sequence[int]) -> Stream:
    """Batches of digits whose targets are the digits themselves."""
    pixels = digits().x
    return ArrayStream(Arrays(pixels, pixels), seeds, BATCH_SIZE)


WORKLOADS.add(
    "autoencoder",
    Workload(
        name="autoencoder",
        version=1,
        description="64-48-24-8-24-48-64 network that gives 8 x 8 digits back from 8 numbers, "
        "50 epochs of SGD with momentum: a linear one can at best be principal components.",
        source="D.-A. Clevert, T. Unterthiner and S. Hochreiter 2015, arXiv:1511.07289, section "
        "4.2, by SGD as there, with momentum; linear codes as G. Hinton and R. Salakhutdinov 2006, "
        "doi:10.1126/science.1127647; there MNIST through 30 numbers, here digits through 8",
        data=reconstructed_batches,
        model=autoencoder,
        task=REGRESSION,
        optimizer=Optimizer(name="momentum"),
        lrs=(1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1, 3.16e-1, 1.0),
        default_lr=3.16e-2,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        chance=MEAN_DIGIT_LOSS,
        # Within a ninth of principal components: 18 of 20 seeds of ReLU come to it at 0.1.
        target=Target(metric="val_loss", value=0.19, version=2),
        slice_step_us=140.0,
        facts={"best_linear": PRINCIPAL_COMPONENTS_LOSS},
    ),
)
