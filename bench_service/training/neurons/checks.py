"""What statistics refuse to take in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from bench_service.errors import InputError

if TYPE_CHECKING:
    from bench_service.training.neurons.statistics import UnitStatistics

DTYPES = (torch.float32, torch.float64)


def check_chunk(
    statistics: UnitStatistics,
    z: Tensor,
    h: Tensor,
    g: Tensor,
    derivative_supremum: float,
    near_zero_below: Tensor | None,
) -> None:
    """Nothing where the chunk can be taken in; InputError where it can't."""
    _check_shapes(statistics, z, h, g)
    if near_zero_below is not None and near_zero_below.shape != z.shape[:1]:
        raise InputError(
            "What counts as near zero is a number of each slice.",
            got=f"shape {tuple(near_zero_below.shape)}",
            allowed=f"shape ({z.shape[0]},)",
            next_step="take metrics.near_zero_threshold of a first pass",
        )
    if {z.dtype, h.dtype, g.dtype} - set(DTYPES) or len({z.dtype, h.dtype, g.dtype}) > 1:
        raise InputError(
            "Neuron statistics take tensors of one dtype, of which sums are exact enough.",
            got=", ".join(str(x.dtype) for x in (z, h, g)),
            allowed=" or ".join(str(dtype) for dtype in DTYPES),
            next_step="convert the chunk with .float()",
        )
    if not (math.isfinite(derivative_supremum) and derivative_supremum > 0):
        raise InputError(
            "Slopes can't be compared with this supremum of |f'|.",
            got=f"{derivative_supremum:g}",
            allowed="a positive and finite number",
            next_step="take derivative.derivative_scale, which has one for every activation",
        )
    _check_same_supremum(statistics.derivative_supremum, derivative_supremum)


def check_merge(one: UnitStatistics, other: UnitStatistics) -> None:
    """Nothing where both are of the same layer; InputError where they aren't."""
    if one.shape != other.shape:
        raise InputError(
            "Statistics of two layers can't be merged.",
            got=f"{one.shape} and {other.shape} slices and units",
            allowed="the same slices and units",
            next_step="metrics.network_metrics takes several layers",
        )
    _check_same_supremum(one.derivative_supremum, other.derivative_supremum)


def _check_shapes(statistics: UnitStatistics, z: Tensor, h: Tensor, g: Tensor) -> None:
    n_slices, n_units = statistics.shape
    is_alike = z.shape == h.shape == g.shape and z.ndim >= 3 and z.numel() > 0
    if is_alike and z.shape[0] == n_slices and n_units in (z.shape[2], z[0, 0].numel()):
        return
    raise InputError(
        "The chunk doesn't fit the statistics it is for.",
        got=", ".join(
            f"{name} of shape {tuple(x.shape)}" for name, x in zip("zhg", (z, h, g), strict=True)
        ),
        allowed=f"three alike of shape ({n_slices}, inputs, {n_units}), positions after them",
        next_step="activations that change the width have no neuron statistics"
        if z.shape != h.shape
        else "make the statistics for the layer's slices and units",
    )


def _check_same_supremum(one: float | None, other: float | None) -> None:
    if None not in (one, other) and one != other:
        raise InputError(
            "The supremum of |f'| changed between chunks of the same statistics.",
            got=f"{one:g} and {other:g}",
            allowed="one activation for all chunks",
            next_step="make new statistics for another activation",
        )
