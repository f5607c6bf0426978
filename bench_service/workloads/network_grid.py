"""Random networks of several widths and depths in one model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench_service.workloads.base import ActivationFactory
from bench_service.workloads.layers import after_activation
from bench_service.workloads.parallel import ParallelLinear

WIDTHS = (2, 3, 5, 10)
DEPTHS = (3, 5, 10, 20)
"""Layers with weights, the last one included."""
CELLS = tuple((width, depth) for width in WIDTHS for depth in DEPTHS)
N_NETS = 100
"""Of each width."""


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
