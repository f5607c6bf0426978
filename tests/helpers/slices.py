"""Slices as a trainer hands them over, with numbers that a test chooses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bench_service.training.result import (
    Curve,
    NeuronCurve,
    NeuronMask,
    SliceOutcome,
    TrainingCase,
    WorkloadFacts,
)

DIGITS = WorkloadFacts(
    name="digits_mlp", version=2, description="Digits of 8 by 8 pixels", source="scikit-learn",
    metric="val_accuracy", better="higher", chance=0.1, target_metric="val_accuracy", target=0.95,
    target_version=1, n_steps=400, batch_size=64, facts={"n_train": 1000},
)  # fmt: skip
STRESS = WorkloadFacts(
    name="lr_stress", version=1, description="Rates too high", source="ours", metric="val_loss",
    better="lower", chance=None, n_steps=100, batch_size=32,
)  # fmt: skip


def slice_case(**changes: Any) -> TrainingCase:
    values = {
        "workload": "digits_mlp", "workload_version": 2, "activation": "relu",
        "backend": "cpu-eager", "init": "gain", "optimizer": "adam", "lr": 0.01,
        "lr_role": "eval", "seed": 0,
    }  # fmt: skip
    return TrainingCase(**values | changes)


def mask_of(units: Any, layer: str = "act1", metric: str = "grad_dead") -> NeuronMask:
    """A mask of a boolean array of shape (n_checkpoints, n_units)."""
    array = np.asarray(units, dtype=bool)
    steps = np.arange(len(array), dtype=np.int64) * 10
    return NeuronMask(layer, metric, array.shape[1], steps, np.packbits(array, axis=1).tobytes())


def curve_of(values: Any, split: str = "val", metric: str = "loss") -> Curve:
    array = np.asarray(values, dtype=np.float64)
    return Curve(split, metric, np.arange(len(array), dtype=np.int64) * 10, array)


def neuron_curve_of(
    values: Any, layer: str = "act1", metric: str = "grad_dead", n_probe: int = 512
) -> NeuronCurve:
    array = np.asarray(values, dtype=np.float64)
    steps = np.arange(len(array), dtype=np.int64) * 10
    return NeuronCurve(layer, metric, 64, n_probe, steps, array)


def trained(**changes: Any) -> SliceOutcome:
    """A slice that went well; ``changes`` of its outcome, or of its case."""
    names = set(TrainingCase.__dataclass_fields__)
    case = slice_case(**{name: value for name, value in changes.items() if name in names})
    outcome = SliceOutcome(
        case, "ok", steps=400, best_step=380, val_loss=0.25, val_accuracy=0.96, test_loss=0.3,
        test_accuracy=0.95, steps_to_target=120, grad_dead=0.125, zero_dead=0.1, off_pinned=0.05,
        sparsity=0.5, facts={"probe_hash": "abc"},
        curves=(curve_of([2.5, 0.25]), curve_of([0.1, 0.96], metric="accuracy")),
        neurons=(neuron_curve_of([0.0, 0.125]),),
        masks=(mask_of([[False] * 64, [True] * 8 + [False] * 56]),),
    )  # fmt: skip
    return replace(outcome, **{k: v for k, v in changes.items() if k not in names})


def diverged(**changes: Any) -> SliceOutcome:
    """A slice whose loss became infinite at step 30."""
    names = set(TrainingCase.__dataclass_fields__)
    case = slice_case(**{name: value for name, value in changes.items() if name in names})
    outcome = SliceOutcome(
        case, "diverged", "the loss became infinite at step 30", steps=30,
        curves=(curve_of([2.5, np.inf, np.nan]),), neurons=(neuron_curve_of([0.0, np.nan]),),
    )  # fmt: skip
    return replace(outcome, **{k: v for k, v in changes.items() if k not in names})
