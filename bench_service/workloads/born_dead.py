"""Networks that are constant before their first step: nothing is trained here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from bench_service.training.neurons.born_dead import two_ray_bounds
from bench_service.workloads.base import (
    WORKLOADS,
    ActivationFactory,
    Batch,
    LrPolicy,
    Optimizer,
    Task,
    Workload,
)
from bench_service.workloads.layers import after_activation
from bench_service.workloads.parallel import ParallelLinear, spread

WIDTHS = (2, 3, 5, 10)
DEPTHS = (3, 5, 10, 20)
"""Layers with weights, the last one included."""
CELLS = tuple((width, depth) for width in WIDTHS for depth in DEPTHS)
N_NETS = 100
"""Of each width."""
N_INPUTS = 16
CONSTANT_TOLERANCE = 1e-6
"""Ranges of an output up to this share of its size are rounding errors."""


class GridNetworks(nn.Module):
    """100 networks of each width, 1-N-...-N, and what they would give at each depth.

    A network of L layers is the first L - 1 of a deeper one with an output of its own: networks of
    one width are born dead at one depth or another, but at none of two only by chance.
    """

    def __init__(self, activation: ActivationFactory) -> None:
        super().__init__()
        n_units = N_NETS * sum(WIDTHS)
        for number in range(1, max(DEPTHS)):
            for width in WIDTHS:
                layer = ParallelLinear(N_NETS, 1 if number == 1 else width, width)
                own = layer if number == 1 else after_activation(layer)
                self.add_module(_name(width, number), own)
            self.add_module(f"act{number}", activation(n_units))
        for width, depth in CELLS:
            head = after_activation(ParallelLinear(N_NETS, width, 1))
            self.add_module(f"head{width}x{depth}", head)

    def forward(self, x: Tensor) -> Tensor:
        """From (n, 1) to (n, 16, 100): widths and depths as in ``CELLS``, and a network each."""
        sizes = [N_NETS * width for width in WIDTHS]
        hidden = [x.expand(-1, N_NETS) for _ in WIDTHS]
        outputs: dict[tuple[int, int], Tensor] = {}
        for number in range(1, max(DEPTHS)):
            before = [
                self.get_submodule(_name(width, number))(h)
                for width, h in zip(WIDTHS, hidden, strict=True)
            ]
            after = self.get_submodule(f"act{number}")(torch.cat(before, dim=1))
            hidden = list(after.split(sizes, dim=1))
            for width, h in zip(WIDTHS, hidden, strict=True):
                if number + 1 in DEPTHS:
                    head = self.get_submodule(f"head{width}x{number + 1}")
                    outputs[width, number + 1] = head(h)
        return torch.stack([outputs[cell] for cell in CELLS], dim=1)


def _name(width: int, number: int) -> str:
    return f"linear{width}x{number}"


@dataclass(frozen=True)
class Domain:
    """The same inputs on either side of 0 for every seed, split and step; there are no targets."""

    seeds: Sequence[int]

    def batch(self, step: int) -> Batch:
        """The inputs: (n_seeds, 16, 1)."""
        del step
        x = self.probe(N_INPUTS).expand(len(self.seeds), -1, -1)
        return Batch(x, torch.zeros_like(x))

    def held_out(self, split: Literal["val", "test"], step: int) -> Batch:
        """The inputs: (n_seeds, 16, 1)."""
        del split
        return self.batch(step)

    def probe(self, n: int) -> Tensor:
        """16 inputs spread evenly over +-sqrt(3), or fewer: (n, 1)."""
        return torch.linspace(-math.sqrt(3), math.sqrt(3), N_INPUTS)[:n, None]


def constant_share(prediction: Tensor, y: Tensor) -> Tensor:
    """The share of networks with a constant output, a scalar."""
    del y
    limit = CONSTANT_TOLERANCE * prediction.abs().amax(0)
    return (spread(prediction) <= limit).to(prediction.dtype).mean()


def share_of(cell: int) -> Callable[[Tensor, Tensor], Tensor]:
    """The share of networks with a constant output among those of one width and depth."""
    return lambda prediction, y: constant_share(prediction[:, cell], y)


NAMES = tuple(f"born_dead_width{width}_depth{depth}" for width, depth in CELLS)
BORN_DEAD = Task(
    loss=constant_share, further={name: share_of(cell) for cell, name in enumerate(NAMES)}
)

WORKLOADS.add(
    "born_dead",
    Workload(
        name="born_dead",
        version=1,
        description="Random networks of width 2 to 10 and depth 3 to 20, untrained: the share of "
        "them whose output is constant, in all as the loss, by width and depth as facts.",
        source="L. Lu, Y. Shin, Y. Su and G. Karniadakis 2019, Dying ReLU and initialization, "
        "arXiv:1903.06733, theorem 3.3, whose bounds for ReLU are among the workload's facts",
        data=Domain,
        model=GridNetworks,
        task=BORN_DEAD,
        optimizer=Optimizer(name="sgd"),
        lrs=(1e-3,),  # of no effect
        default_lr=1e-3,
        lr_policy=LrPolicy.SWEEP,
        n_steps=0,
        batch_size=N_INPUTS,
        n_checkpoints=0,
        facts={
            "relu_bounds": {
                name: list(two_ray_bounds(*cell)) for name, cell in zip(NAMES, CELLS, strict=True)
            }
        },
    ),
)
