"""Frozen values of training: what a slice is, and what became of it. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from bench_service.result import IntArray, fingerprint

FloatArray = npt.NDArray[np.float64]


class LrRole(StrEnum):
    """Why a slice was trained with its learning rate."""

    TUNE = "tune"  # one of the grid, on tuning seeds: the best one is chosen by validation data
    EVAL = "eval"  # the chosen one, on seeds that had no part in the choice
    DEFAULT = "default"  # the workload's own, the same for every activation, on the same seeds
    SWEEP = "sweep"  # one of a workload that has no best: it shows what every rate does


class SliceStatus(StrEnum):
    """What became of a slice."""

    OK = "ok"
    DIVERGED = "diverged"  # its loss or its weights became infinite or not a number
    TIMEOUT = "timeout"  # its time ran out before its budget of steps
    ERROR = "error"  # training it failed: see the reason
    SKIPPED = "skipped"  # it can't be trained on this machine, or with this model: see the reason


@dataclass(frozen=True, order=True)
class TrainingCase:
    """One training run: a slice of a stack."""

    workload: str
    workload_version: int
    activation: str
    backend: str
    init: str
    """How weights begin: ``gain`` of each activation, ``he`` for all, or ``torch_default``."""
    optimizer: str
    lr: float
    lr_role: str
    seed: int
    parameters: tuple[tuple[str, float], ...] = ()

    @property
    def fingerprint(self) -> str:
        """Equal for slices that train the same thing, in whatever run."""
        return fingerprint(asdict(self) | {"parameters": dict(self.parameters)})


@dataclass(frozen=True)
class Curve:
    """A metric over steps: arrays of shape (n_evaluations,)."""

    split: str
    """``train`` or ``val``."""
    metric: str
    steps: IntArray
    values: FloatArray
    """NaN where the slice had diverged."""


@dataclass(frozen=True)
class NeuronCurve:
    """A neuron metric of one layer over checkpoints: arrays of shape (n_checkpoints,)."""

    layer: str
    """The activation module's name in the model; ``network`` for all hidden units together."""
    metric: str
    """The definition's name, from ``bench_service.analysis.neurons.metrics``."""
    n_units: int
    n_probe: int
    """Probe inputs that the metric was taken over."""
    steps: IntArray
    values: FloatArray
    """NaN where the slice had diverged: a rate of a network that isn't one is not 0."""


@dataclass(frozen=True)
class NeuronMask:
    """Which units of a layer met a definition, at each checkpoint."""

    layer: str
    metric: str
    n_units: int
    steps: IntArray
    bits: bytes
    """``numpy.packbits`` of a boolean array of shape (n_checkpoints, n_units), along its rows."""


@dataclass(frozen=True)
class SliceOutcome:
    """What became of one slice. None where a number doesn't apply."""

    case: TrainingCase
    status: str
    reason: str = ""
    steps: int = 0
    """Steps trained, or until it diverged."""
    best_step: int | None = None
    """The step at which the validation metric was best: test data were read there, once."""
    val_loss: float | None = None
    val_accuracy: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    steps_to_target: int | None = None
    """None where the target wasn't reached within ``steps``, or there is none."""
    grad_dead: float | None = None
    zero_dead: float | None = None
    off_pinned: float | None = None
    sparsity: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """``probe_hash`` of the activation in the model, ``stack_size``, ``n_splits``, ``threads``,
    ``train_ns`` of the slice's share, and what a workload adds of its own."""
    curves: tuple[Curve, ...] = ()
    neurons: tuple[NeuronCurve, ...] = ()
    masks: tuple[NeuronMask, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WorkloadFacts:
    """A workload as it was defined when it was trained: what makes the store self-describing."""

    name: str
    version: int
    description: str
    source: str
    metric: str
    """The metric that slices are compared by: ``val_loss`` or ``val_accuracy``, and ``test_...``
    of the same."""
    better: str
    """``lower`` or ``higher``."""
    chance: float | None
    """What the metric is without learning; None where that isn't known."""
    target_metric: str | None = None
    target: float | None = None
    target_version: int | None = None
    n_steps: int = 0
    batch_size: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
