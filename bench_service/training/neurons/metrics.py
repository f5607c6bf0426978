"""From a layer's statistics to the metrics of ``analysis.neurons``, for every slice at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench_service.analysis.neurons.metrics import (
    CONSTANT_TOLERANCE,
    DORMANCY_THRESHOLDS,
    GRADIENT_TOLERANCE,
    MASKS,
    NEAR_ZERO_SHARE,
    NEURON_METRICS,
)
from bench_service.errors import InputError
from bench_service.training.neurons.statistics import UnitStatistics


@dataclass(frozen=True, eq=False)
class Units:
    """What the units of a layer are like: every tensor has the shape (n_slices, n_units)."""

    masks: Mapping[str, Tensor]
    """Which of them meet each definition of ``MASKS``: bool."""
    values: Mapping[str, Tensor]
    """What each contributes to each metric: float64."""
    finite: Tensor
    """Of shape (n_slices,): see ``UnitStatistics.finite``."""


def units_of(statistics: UnitStatistics) -> Units:
    """The units of a layer as they were seen. InputError where there is no input yet.

    The values leave ``near_sparsity`` out where not every chunk came with its threshold. The masks
    are False throughout for a slice that isn't finite, which says nothing.
    """
    if statistics.n == 0 or statistics.derivative_supremum is None:
        raise InputError(
            "The statistics of a layer are empty.",
            got="no input",
            allowed="at least one",
            next_step="update them with a chunk first",
        )
    rms = output_rms(statistics)[:, None]
    finite = statistics.finite
    masks = _masks(statistics, rms, finite)
    return Units(masks, _values(statistics, masks, rms), finite)


def layer_metrics(statistics: UnitStatistics) -> dict[str, Tensor]:
    """Every metric of a layer by name: tensors of shape (n_slices,) in float64.

    NaN in all of them for a slice with anything infinite or not a number. ``near_sparsity`` is
    left out where not every chunk came with its threshold. InputError where there is no input yet.
    """
    return metrics_of([units_of(statistics)])


def network_metrics(layers: Sequence[UnitStatistics]) -> dict[str, Tensor]:
    """The same over the units of all layers together: a wide layer counts for more.

    What is relative to a layer (RMS, dormancy) stays relative to the unit's own. NaN where any of
    the layers isn't finite.
    """
    return metrics_of([units_of(layer) for layer in layers])


def layer_masks(statistics: UnitStatistics) -> Mapping[str, Tensor]:
    """The units that meet each definition of ``MASKS``: bool, of shape (n_slices, n_units)."""
    return units_of(statistics).masks


def metrics_of(layers: Sequence[Units]) -> dict[str, Tensor]:
    """The metrics of these layers' units together: tensors of shape (n_slices,) in float64."""
    first = layers[0].values
    names = [name for name in NEURON_METRICS if all(name in layer.values for layer in layers)]
    if len(layers) == 1:
        units = {name: first[name] for name in names}
    else:
        units = {name: torch.cat([of.values[name] for of in layers], dim=1) for name in names}
    means = torch.stack(list(units.values())).mean(2)
    values = dict(zip(names, means, strict=True))
    values["active_prob_sd"] = units["active_prob_sd"].std(1, correction=0)
    finite = torch.stack([layer.finite for layer in layers]).all(0)
    return {name: of.masked_fill(~finite, torch.nan) for name, of in values.items()}


def _masks(statistics: UnitStatistics, rms: Tensor, finite: Tensor) -> dict[str, Tensor]:
    z_high, h_high, slope, minus_z_low, minus_h_low = statistics.highs
    size = statistics.moments[1] / statistics.n
    spread = (statistics.moments[2] / statistics.n).sqrt()
    supremum = statistics.derivative_supremum
    assert supremum is not None
    masks = {
        "grad_dead": slope <= GRADIENT_TOLERANCE * supremum,
        "grad_dead_strict": slope == 0,
        "zero_dead": (h_high == 0) & (minus_h_low == 0),
        "off_pinned": z_high <= 0,
        "on_pinned": minus_z_low < 0,
        "const_dead": h_high + minus_h_low <= CONSTANT_TOLERANCE * rms,
    }
    size_limit, spread_limit = size.mean(1, keepdim=True), spread.mean(1, keepdim=True)
    for suffix, tau in DORMANCY_THRESHOLDS.items():
        masks[f"dormant_{suffix}"] = size <= tau * size_limit
        masks[f"centred_dormant_{suffix}"] = spread <= tau * spread_limit
    return {name: masks[name] & finite[:, None] for name in MASKS}


def output_rms(statistics: UnitStatistics) -> Tensor:
    """Root mean square of h over a layer's inputs and units, of shape (n_slices,) in float64."""
    mean, _, m2 = statistics.moments
    square: Tensor = m2 / statistics.n + mean.square()
    return square.mean(1).sqrt()


def near_zero_threshold(statistics: UnitStatistics) -> Tensor:
    """Below what |h| is near zero, of shape (n_slices,): known after one pass, for the second."""
    return NEAR_ZERO_SHARE * output_rms(statistics)


def _values(
    statistics: UnitStatistics, masks: Mapping[str, Tensor], rms: Tensor
) -> dict[str, Tensor]:
    values = dict(zip(masks, torch.stack(list(masks.values())).double(), strict=True))
    positive, zero, flat, near = statistics.counts.double() / statistics.n
    shift = statistics.moments[0].abs() / rms
    values |= {
        "saturation": flat,
        "sparsity": zero,
        "active_prob_mean": positive,
        "active_prob_sd": positive,
        "lifetime_entropy": _binary_entropy(positive),
        "mean_shift": torch.where(rms > 0, shift, 0.0),
    }
    if statistics.n_near == statistics.n:
        values["near_sparsity"] = near
    return values


def _binary_entropy(p: Tensor) -> Tensor:
    """In bits; 0 at 0 and at 1."""
    nats: Tensor = torch.special.entr(p) + torch.special.entr(1 - p)
    return nats / math.log(2)
