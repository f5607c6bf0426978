"""Noise for stochastic activations: each seed and layer has a stream of its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from bench_service.seeds import seed_of
from bench_service.training.factory import NoiseGiven
from bench_service.training.skeleton import Skeleton


class NoiseSource:
    """Draws the noise of every step, in the order of steps."""

    def __init__(self, skeleton: Skeleton, seeds: Sequence[int], batch_size: int) -> None:
        self._kind = skeleton.activation.noise
        self._shapes = {
            layer: (batch_size * skeleton.row_factors[layer], *skeleton.shapes[layer])
            for layer in skeleton.layers
            if isinstance(skeleton.model.get_submodule(layer), NoiseGiven)
        }
        self._generators = {
            layer: [torch.Generator().manual_seed(seed_of(s, "noise", layer)) for s in seeds]
            for layer in self._shapes
        }

    def draw(self) -> dict[str, Tensor]:
        """The next step's noise by the buffer's name: (n_seeds, batch_size, ...), on the CPU."""
        fill = torch.rand if self._kind == "uniform" else torch.randn
        return {
            f"{layer}.noise": torch.stack(
                [fill(shape, generator=own) for own in self._generators[layer]]
            )
            for layer, shape in self._shapes.items()
        }
