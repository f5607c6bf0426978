"""Functions of one variable by one hidden layer: what training finds of what a network can do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench_service.workloads.base import WORKLOADS, Optimizer, Stream, Target, Task, Workload
from bench_service.workloads.layers import mlp
from bench_service.workloads.losses import squared_error
from bench_service.workloads.streams import Arrays, ArrayStream

N_POINTS = 512
BATCH_SIZE = 32
N_STEPS = 1000
WIDTH = 64


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A function on [-1, 1], with moments over x uniform on it."""

    formula: str
    of: Callable[[Tensor], Tensor]
    mean: float
    variance: float
    best_linear: float
    """The share of its variance that the best straight line leaves: 1 - 3 E(x f)^2 / variance."""

    def points(self) -> Arrays:
        """512 evenly spaced x, and f(x) with mean 0 and variance 1: each (512, 1), float32."""
        x = (torch.arange(N_POINTS, dtype=torch.float32)[:, None] + 0.5) * (2 / N_POINTS) - 1
        return Arrays(x, (self.of(x) - self.mean) / math.sqrt(self.variance))


CURVES: Mapping[str, Curve] = {
    "square": Curve(formula="x^2", of=torch.square, mean=1 / 3, variance=4 / 45, best_linear=1.0),
    "abs": Curve(formula="|x|", of=torch.abs, mean=0.5, variance=1 / 12, best_linear=1.0),
    "step": Curve(formula="sign(x)", of=torch.sign, mean=0.0, variance=1.0, best_linear=0.25),
    "sine": Curve(
        formula="sin(2 pi x)",
        of=lambda x: (2 * math.pi * x).sin(),
        mean=0.0,
        variance=0.5,
        best_linear=1 - 1.5 / math.pi**2,
    ),
}
TARGETS: Mapping[tuple[str, int], float] = {
    ("square", 64): 1e-4,
    ("abs", 64): 1e-4,
    ("step", 64): 0.05,
    ("sine", 64): 0.02,
    ("square", 16): 1e-3,
}
"""By function and width: what 20 of 20 seeds of ReLU reach at their best rate (19 for the last
one), after 350, 200, 150, 525 and 200 steps in the median. Four units have none: a quarter of
ReLU's seeds loses one of them, and stays above 0.05."""


def largest_error(prediction: Tensor, y: Tensor) -> Tensor:
    """The largest absolute error, a scalar in standard deviations of the function."""
    return (prediction - y).abs().max()


APPROXIMATION = Task(loss=squared_error, further={"largest_error": largest_error})


def approximation(name: str, of: str, width: int) -> Workload:
    """The approximation of a function of ``CURVES`` by so many hidden units."""
    curve = CURVES[of]
    target = TARGETS.get((of, width))

    def data(seeds: Sequence[int]) -> Stream:
        return ArrayStream(curve.points(), seeds, BATCH_SIZE)

    return Workload(
        name=name,
        version=1,
        description=f"{curve.formula} on [-1, 1] by one hidden layer of {width} units, 1,000 "
        "steps of Adam; the loss is the share of its variance that is left.",
        source="G. Cybenko 1989, Approximation by superpositions of a sigmoidal function, "
        "doi:10.1007/BF02551274; M. Leshno et al. 1993, doi:10.1016/S0893-6080(05)80131-5: any "
        "activation but a polynomial can; here what training finds",
        data=data,
        model=lambda activation: mlp((1, width, 1), activation),
        task=APPROXIMATION,
        optimizer=Optimizer(name="adam"),
        lrs=(1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1, 3.16e-1, 1.0),
        default_lr=1e-2,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        chance=1.0,
        target=None if target is None else Target(metric="val_loss", value=target, version=1),
        slice_step_us=50.0,
        facts={"best_linear": curve.best_linear, "width": width},
    )


for _of in CURVES:
    WORKLOADS.add(f"approx_{_of}", approximation(f"approx_{_of}", _of, WIDTH))
for _width in (4, 16):
    _name = f"approx_square_{_width}"
    WORKLOADS.add(_name, approximation(_name, "square", _width))
