"""What a layer's units did on a probe set, kept in a few numbers a unit."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from bench_service.analysis.neurons.metrics import SATURATION_SHARE
from bench_service.training.neurons import chan
from bench_service.training.neurons.checks import check_chunk, check_merge
from bench_service.training.neurons.reduction import (
    N_COUNTS,
    N_HIGHS,
    inputs_at_once,
    reduce_inputs,
)


@dataclass(eq=False, kw_only=True)
class UnitStatistics:
    """An accumulator for one layer, stacked over slices; its memory is O(n_slices * n_units).

    Every tensor ends with the dimensions (n_slices, n_units).
    """

    highs: Tensor
    """Maxima of z, h, |g|, -z and -h, one below the other: float64."""
    counts: Tensor
    """Numbers of z > 0, h = 0, flat slopes, and outputs near zero: int64."""
    moments: Tensor
    """Mean of h, sum of |h|, and summed squares of h about its mean: float64."""
    n: int = 0
    """Inputs times positions, the same for every unit."""
    n_near: int = 0
    """Those of them that could be counted as near zero."""
    derivative_supremum: float | None = None
    """What slopes are compared with; None before the first chunk."""

    @classmethod
    def empty(
        cls, n_slices: int, n_units: int, device: torch.device | str = "cpu"
    ) -> UnitStatistics:
        """Statistics of nothing yet."""
        shape = (n_slices, n_units)
        return cls(
            highs=torch.full((N_HIGHS, *shape), -math.inf, dtype=torch.float64, device=device),
            counts=torch.zeros((N_COUNTS, *shape), dtype=torch.int64, device=device),
            moments=torch.zeros((3, *shape), dtype=torch.float64, device=device),
        )

    @torch.no_grad()
    def update(
        self,
        z: Tensor,
        h: Tensor,
        g: Tensor,
        *,
        derivative_supremum: float,
        near_zero_below: Tensor | None = None,
    ) -> None:
        """Take in a chunk: pre-activations, outputs, and derivatives f'(z).

        Each is float32 or float64 of shape (n_slices, n_inputs, n_units, *spatial). Units are
        channels, reduced over inputs and positions; statistics that were made for as many units as
        there are channels times positions keep each element apart. ``near_zero_below`` has the
        shape (n_slices,); see ``metrics.near_zero_threshold``. InputError for what doesn't fit.
        """
        check_chunk(self, z, h, g, derivative_supremum, near_zero_below)
        flat_below = SATURATION_SHARE * derivative_supremum
        columns = [x.detach().flatten(2) for x in (z, h, g)]
        most = inputs_at_once(columns[0].shape[2])
        for chunk in zip(*(torch.split(x, most, dim=1) for x in columns), strict=True):
            n_inputs = chunk[0].shape[1]
            reduced = reduce_inputs(*chunk, flat_below=flat_below, near_zero_below=near_zero_below)
            part = UnitStatistics(
                highs=reduced.highs,
                counts=reduced.counts,
                moments=reduced.moments,
                n=n_inputs,
                n_near=0 if near_zero_below is None else n_inputs,
                derivative_supremum=derivative_supremum,
            )
            self._absorb(part.by_channel(self.n_units))

    def merge(self, other: UnitStatistics) -> UnitStatistics:
        """Statistics of both together: exact but for moments, which are Chan's.

        InputError where they are of different slices, units, or suprema.
        """
        check_merge(self, other)
        merged = copy.copy(self)
        merged._absorb(other)
        return merged

    def by_channel(self, n_channels: int) -> UnitStatistics:
        """Statistics of channels from those of their elements, channels first; O(1) a position."""
        n_slices, n_elements = self.shape
        if n_elements == n_channels:
            return self
        n_positions = n_elements // n_channels
        apart = (-1, n_slices, n_channels, n_positions)
        return UnitStatistics(
            highs=self.highs.reshape(apart).amax(-1),
            counts=self.counts.reshape(apart).sum(-1),
            moments=chan.fold(self.moments.reshape(apart), self.n),
            n=self.n * n_positions,
            n_near=self.n_near * n_positions,
            derivative_supremum=self.derivative_supremum,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Slices and units."""
        n_slices, n_units = self.highs.shape[1:]
        return n_slices, n_units

    @property
    def n_units(self) -> int:
        """Neurons, channels, or elements."""
        return self.shape[1]

    @property
    def finite(self) -> Tensor:
        """Of shape (n_slices,): False where anything was infinite, or not a number."""
        return self.highs.isfinite().all(2).all(0) & self.moments.isfinite().all(2).all(0)

    def _absorb(self, other: UnitStatistics) -> None:
        self.moments = chan.join(self.moments, self.n, other.moments, other.n)
        self.highs = torch.maximum(self.highs, other.highs)
        self.counts = self.counts + other.counts
        self.n += other.n
        self.n_near += other.n_near
        self.derivative_supremum = self.derivative_supremum or other.derivative_supremum
