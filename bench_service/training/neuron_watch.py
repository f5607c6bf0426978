"""Looks at the neurons of a stack at checkpoints, over inputs that stay the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from bench_service.analysis.neurons.metrics import HEADLINE
from bench_service.training.neurons.derivative import derivative_scale
from bench_service.training.neurons.masks import pack
from bench_service.training.neurons.metrics import metrics_of, units_of
from bench_service.training.neurons.statistics import UnitStatistics
from bench_service.training.result import FloatArray, NeuronCurve, NeuronMask
from bench_service.training.stack import Stack

CHUNK = 128
"""Probe inputs at a time: what goes through the layers is kept for these alone."""
NETWORK = "network"


@dataclass
class NeuronWatch:
    """Neuron metrics of every slice at every checkpoint.

    All but ``near_sparsity``: its threshold is known after a pass over the probe inputs, and a
    second one would double what looking costs.
    """

    stack: Stack
    probe: Tensor
    """Inputs of shape (n_probe, ...), the same for all slices and checkpoints."""
    steps: list[int] = field(default_factory=list)
    _metrics: dict[tuple[str, str], list[FloatArray]] = field(default_factory=dict)
    _masks: dict[tuple[str, str], list[np.ndarray]] = field(default_factory=dict)
    _n_units: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, stack: Stack, probe: Tensor) -> NeuronWatch | None:
        """A watch; None for activations that change the width, where a unit isn't one neuron."""
        if not stack.skeleton.activation.shape_class.keeps_width:
            return None
        n_units = {layer: shape[0] for layer, shape in stack.skeleton.shapes.items()}
        return cls(stack, probe, _n_units={**n_units, NETWORK: sum(n_units.values())})

    def look(self, step: int) -> None:
        """Take the metrics after so many steps."""
        self.steps.append(step)
        found = {
            layer: [units_of(own) for own in of_activations]
            for layer, of_activations in self._statistics().items()
        }
        for layer, of_activations in found.items():
            self._keep_metrics(layer, [metrics_of([own]) for own in of_activations])
            for metric, mask in self._together([own.masks for own in of_activations]).items():
                self._masks.setdefault((layer, metric), []).append(mask.cpu().numpy())
        by_activation = zip(*found.values(), strict=True)
        self._keep_metrics(NETWORK, [metrics_of(own) for own in by_activation])

    def _statistics(self) -> dict[str, list[UnitStatistics]]:
        """By layer, of each activation's slices: slopes are judged by its own derivative."""
        stack = self.stack
        suprema = [derivative_scale(own.activation) for own in stack.skeleton.members]
        sizes = [len(own) for own in stack.split.apart(stack.seed_of_slice)]
        found = {
            layer: [UnitStatistics.empty(n, shape[0], self.probe.device) for n in sizes]
            for layer, shape in stack.skeleton.shapes.items()
        }
        for chunk in torch.split(self.probe, CHUNK):
            for layer, seen in stack.look(chunk).items():
                parts = zip(*map(stack.split.apart, seen), strict=True)
                for own, part, supremum in zip(found[layer], parts, suprema, strict=True):
                    own.update(*part, derivative_supremum=supremum)
        return found

    def _together(self, values: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
        """Values of all slices, from those of each activation's."""
        return {name: self.stack.split.together(own[name] for own in values) for name in values[0]}

    def _keep_metrics(self, layer: str, values: Sequence[Mapping[str, Tensor]]) -> None:
        for metric, value in self._together(values).items():
            row = value.detach().cpu().numpy().astype(np.float64)
            self._metrics.setdefault((layer, metric), []).append(row)

    def curves(self, place: int, *, network_alone: bool = False) -> tuple[NeuronCurve, ...]:
        """All metrics of a slice, by layer and for the network, or for the network alone."""
        steps = np.array(self.steps, dtype=np.int64)
        n_probe = len(self.probe)
        return tuple(
            NeuronCurve(
                layer,
                metric,
                self._n_units[layer],
                n_probe,
                steps,
                np.array([row[place] for row in rows], dtype=np.float64),
            )
            for (layer, metric), rows in self._metrics.items()
            if layer == NETWORK or not network_alone
        )

    def masks(self, place: int) -> tuple[NeuronMask, ...]:
        """Which units of a slice met a definition, by layer, while it was a network."""
        values = [row[place] for row in self._metrics[NETWORK, HEADLINE]]
        is_network = np.isfinite(values)
        return tuple(
            pack(layer, metric, self.steps, np.stack([row[place] for row in rows]), is_network)
            for (layer, metric), rows in self._masks.items()
        )

    def last(self, place: int, metric: str) -> float | None:
        """The network's metric of a slice at the last checkpoint; None where it isn't a number."""
        value = float(self._metrics[NETWORK, metric][-1][place])
        return value if np.isfinite(value) else None
