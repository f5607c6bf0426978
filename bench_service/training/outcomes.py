"""From a trained stack to what became of each of its slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bench_service.training.evaluation import Evaluation
from bench_service.training.neuron_watch import NeuronWatch
from bench_service.training.result import (
    FloatArray,
    LrRole,
    SliceOutcome,
    SliceStatus,
    TrainingCase,
)


@dataclass(frozen=True)
class Trained:
    """A stack after its last step."""

    cases: tuple[TrainingCase, ...]
    n_done: int
    is_late: bool
    """Time was up before the last step."""
    losses: FloatArray
    """Training loss: (n_done, n_slices)."""
    evaluation: Evaluation
    neurons: NeuronWatch | None
    probe_hashes: tuple[str, ...]
    """Of each slice's activation."""
    facts: Mapping[str, Any]


def outcomes(trained: Trained) -> tuple[SliceOutcome, ...]:
    """What became of each slice, in the order of the cases."""
    has_ended = not trained.is_late and bool(trained.evaluation.steps)
    test = trained.evaluation.test() if has_ended else None
    return tuple(_outcome(trained, place, case, test) for place, case in enumerate(trained.cases))


def diverged_at(losses: FloatArray, last_val_loss: float | None) -> int | None:
    """The step at which a slice's training loss (n_steps,) first wasn't finite, counted from 1.

    The last step where only validation shows it; None where it is finite throughout.
    """
    bad = np.flatnonzero(~np.isfinite(losses))
    if len(bad):
        return int(bad[0]) + 1
    return len(losses) if last_val_loss is None else None


def _outcome(
    trained: Trained,
    place: int,
    case: TrainingCase,
    test: tuple[FloatArray, FloatArray | None] | None,
) -> SliceOutcome:
    neurons = trained.neurons
    # What was trained to choose a rate is looked at as a whole: its layers would fill the store.
    is_tuning = case.lr_role == LrRole.TUNE
    outcome = SliceOutcome(
        case,
        SliceStatus.OK,
        steps=trained.n_done,
        facts={**trained.facts, "probe_hash": trained.probe_hashes[place]},
        curves=trained.evaluation.curves(place),
        neurons=neurons.curves(place, network_alone=is_tuning) if neurons else (),
        masks=neurons.masks(place) if neurons and not is_tuning else (),
    )
    step = _diverged_at(trained, place)
    if step is not None:
        reason = f"the loss wasn't finite from step {step} on"
        return replace(outcome, status=SliceStatus.DIVERGED, reason=reason, steps=step)
    if test is None:
        reason = f"time was up after {trained.n_done} steps"
        return replace(outcome, status=SliceStatus.TIMEOUT, reason=reason)
    return _with_scores(outcome, trained.evaluation, place, test, neurons)


def _diverged_at(trained: Trained, place: int) -> int | None:
    evaluation = trained.evaluation
    losses = trained.losses[:, place] if len(trained.losses) else np.empty(0)
    if not evaluation.steps:
        return diverged_at(losses, 0.0)
    return diverged_at(losses, evaluation.value_at("val", "loss", evaluation.steps[-1], place))


def _with_scores(
    outcome: SliceOutcome,
    evaluation: Evaluation,
    place: int,
    test: tuple[FloatArray, FloatArray | None],
    neurons: NeuronWatch | None,
) -> SliceOutcome:
    best = evaluation.best_steps()[place]
    assert best is not None  # its last validation loss is finite
    test_loss, test_accuracy = test
    return replace(
        _with_health(outcome, neurons, place),
        best_step=best,
        val_loss=evaluation.value_at("val", "loss", best, place),
        val_accuracy=evaluation.value_at("val", "accuracy", best, place),
        test_loss=_number(test_loss[place]),
        test_accuracy=None if test_accuracy is None else _number(test_accuracy[place]),
        steps_to_target=evaluation.steps_to_target(place),
        facts={**outcome.facts, **evaluation.further_at(best, place)},
    )


def _with_health(outcome: SliceOutcome, neurons: NeuronWatch | None, place: int) -> SliceOutcome:
    if neurons is None:
        return outcome
    return replace(
        outcome,
        grad_dead=neurons.last(place, "grad_dead"),
        zero_dead=neurons.last(place, "zero_dead"),
        off_pinned=neurons.last(place, "off_pinned"),
        sparsity=neurons.last(place, "sparsity"),
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
