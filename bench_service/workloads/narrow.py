"""Networks of ten layers and width two: how many end as a constant."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from bench_service.workloads.base import (
    WORKLOADS,
    ActivationFactory,
    LrPolicy,
    Optimizer,
    Stream,
    Task,
    Workload,
)
from bench_service.workloads.layers import after_activation
from bench_service.workloads.losses import squared_error
from bench_service.workloads.parallel import ParallelLinear, spread
from bench_service.workloads.streams import Arrays, ArrayStream

N_NETS = 20
"""In a slice, side by side: a slice has a share of networks that collapsed."""
N_LAYERS = 10
WIDTH = 2
REACH = math.sqrt(3)
"""Inputs are spread evenly over +-this, which gives them variance 1."""
N_POINTS = 512
BATCH_SIZE = 32
N_STEPS = 600
CONSTANT_BELOW = 0.01
"""Of an output's spread, in standard deviations of the function: by far less than any network that
has learnt something, and more than what a leaky one lets through nine flat layers."""


class NarrowNetworks(nn.Sequential):
    """20 networks 1-2-...-2-1 of nine hidden layers each, all of the same inputs."""

    def __init__(self, activation: ActivationFactory) -> None:
        super().__init__()
        self.add_module("linear1", ParallelLinear(N_NETS, 1, WIDTH))
        self.add_module("act1", activation(N_NETS * WIDTH))
        for number in range(2, N_LAYERS):
            layer = after_activation(ParallelLinear(N_NETS, WIDTH, WIDTH))
            self.add_module(f"linear{number}", layer)
            self.add_module(f"act{number}", activation(N_NETS * WIDTH))
        self.add_module("head", after_activation(ParallelLinear(N_NETS, WIDTH, 1)))

    def forward(self, x: Tensor) -> Tensor:
        """From (n, 1) to (n, 20), a column a network."""
        h = x.expand(-1, N_NETS)
        for module in self:
            h = module(h)
        return h


def points(function: Callable[[Tensor], Tensor], mean: float, variance: float) -> Arrays:
    """512 evenly spaced x, and f(x) with mean 0 and variance 1: each (512, 1), float32."""
    x = ((torch.arange(N_POINTS, dtype=torch.float32)[:, None] + 0.5) * (2 / N_POINTS) - 1) * REACH
    return Arrays(x, (function(x) - mean) / math.sqrt(variance))


def absolute() -> Arrays:
    """Points of |x|, whose mean is sqrt(3) / 2 and whose second moment is 1."""
    return points(torch.abs, REACH / 2, 0.25)


def sine() -> Arrays:
    """Points of sin 5x; E sin^2 5x = 1/2 - sin(10 sqrt 3) / (20 sqrt 3)."""
    return points(lambda x: (5 * x).sin(), 0.0, 0.5 - math.sin(10 * REACH) / (20 * REACH))


def mean_error(prediction: Tensor, y: Tensor) -> Tensor:
    """The mean squared error over inputs and networks, a scalar; y of shape (n, 1)."""
    return squared_error(prediction, y.expand_as(prediction))


def summed_error(prediction: Tensor, y: Tensor, outputs: Sequence[Tensor]) -> Tensor:
    """The sum of the networks' errors: each one has the gradients that it would have alone."""
    del outputs
    return N_NETS * mean_error(prediction, y)


def collapsed_share(prediction: Tensor, y: Tensor) -> Tensor:
    """The share of networks with a constant output, a scalar."""
    del y
    return (spread(prediction) < CONSTANT_BELOW).to(prediction.dtype).mean()


COLLAPSE = Task(loss=mean_error, objective=summed_error, further={"collapsed": collapsed_share})


def narrow(name: str, formula: str, arrays: Callable[[], Arrays]) -> Workload:
    """Narrow networks that learn a function."""

    def data(seeds: Sequence[int]) -> Stream:
        return ArrayStream(arrays(), seeds, BATCH_SIZE)

    return Workload(
        name=name,
        version=1,
        description=f"{formula} by 20 networks of ten layers and width two at a time, 600 steps of "
        "Adam: the share of them that has collapsed to a constant is the slice's fact "
        "'collapsed', and a loss of 1 is that of a constant.",
        source="L. Lu, Y. Su and G. Karniadakis 2018, Collapse of deep and narrow neural nets, "
        "arXiv:1808.04947: there 1,000 networks of a function, of which more than 90 % collapse",
        data=data,
        model=NarrowNetworks,
        task=COLLAPSE,
        optimizer=Optimizer(name="adam"),
        # Nothing is tuned: where nine of ten networks are constant, the best rate is a matter of
        # chance, and a ratio to ReLU's loss is one to that of a constant.
        lrs=(1e-3, 1e-2, 1e-1),
        default_lr=1e-3,
        lr_policy=LrPolicy.SWEEP,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        n_evaluations=12,
        n_checkpoints=4,
        n_probe=256,
        chance=1.0,
        slice_step_us=450.0,
    )


WORKLOADS.add("narrow_abs", narrow("narrow_abs", "|x|", absolute))
WORKLOADS.add("narrow_sin", narrow("narrow_sin", "sin(5x)", sine))
