"""Stores as a machine leaves them that trained, made in a moment from a seeded generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from bench_service.record import Recorder, RunHeader
from bench_service.training.neurons.masks import pack
from bench_service.training.result import (
    Curve,
    NeuronCurve,
    NeuronMask,
    SliceOutcome,
    TrainingCase,
    WorkloadFacts,
)
from db.session import open_store

STARTED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CHANCE = math.log(10)
N_STEPS = 100
N_UNITS = 16
MLP = WorkloadFacts(
    name="digits_mlp", version=1, description="A small network on digits.", source="these tests",
    metric="val_loss", better="lower", chance=CHANCE, target_metric="val_accuracy", target=0.95,
    target_version=1, n_steps=N_STEPS, batch_size=64, facts={"default_lr": 0.001},
)  # fmt: skip
STRESS = WorkloadFacts(
    name="lr_stress", version=1, description="A small network at rates up to 1.",
    source="these tests", metric="val_loss", better="lower", chance=CHANCE, n_steps=N_STEPS,
    batch_size=64, facts={"default_lr": 0.1},
)  # fmt: skip
GRID = (0.001, 0.01, 0.1)
SWEEP = (0.01, 0.1, 1.0)
GAINS = {"relu": 0.0, "gelu": 0.4, "elu": -0.4, "leaky_relu": 0.0}
"""By how much the logarithm of an activation's loss is lower than ReLU's."""
LAYERS = ("act1", "act2")
NEVER = ("leaky_relu", "tanh")
"""Those whose units don't die."""


def cases_of(names: Sequence[str], n_seeds: int, init: str) -> list[TrainingCase]:
    """The slices of a tuned and of a swept workload."""

    def case(workload: str, name: str, lr: float, role: str, seed: int) -> TrainingCase:
        optimizer = "adam" if workload == MLP.name else "momentum"
        return TrainingCase(workload, 1, name, "cpu-eager", init, optimizer, lr, role, seed)

    found = []
    for name in names:
        found += [case("digits_mlp", name, lr, "tune", 1000 + s) for lr in GRID for s in range(3)]
        found += [case("digits_mlp", name, 0.01, "eval", seed) for seed in range(n_seeds)]
        found += [case("digits_mlp", name, 0.001, "default", seed) for seed in range(n_seeds)]
        found += [
            case("lr_stress", name, lr, "sweep", seed) for lr in SWEEP for seed in range(n_seeds)
        ]
    return found


def never(case: TrainingCase) -> bool:
    """No slice does."""
    del case
    return False


def leaky_at_1(case: TrainingCase) -> bool:
    """Leaky ReLU diverges at a rate of 1, but for every fourth seed."""
    return case.activation == "leaky_relu" and case.lr == 1.0 and case.seed % 4 > 0


def record_training(
    url: str,
    rng: np.random.Generator,
    *,
    names: Sequence[str] = tuple(GAINS),
    n_seeds: int = 12,
    diverges: Callable[[TrainingCase], bool] = never,
    keep: Callable[[TrainingCase], bool] = lambda _case: True,
    broken: Callable[[TrainingCase], bool] = never,
    has_neurons: bool = True,
    inits: Sequence[str] = ("gain",),
    status: str | None = "done",
    **header: Any,
) -> str:
    """The id of a run that was recorded as the trainer does it; open where the status is None."""
    shared = rng.normal(0, 0.2, 2000)
    every = [case for init in inits for case in cases_of(names, n_seeds, init)]
    outcomes = []
    for case in every:
        if not keep(case):
            continue
        if broken(case):
            outcomes.append(SliceOutcome(case, "error", "The data weren't there."))
            continue
        loss = loss_of(case, shared[case.seed], rng)
        lost = diverges(case)
        outcomes.append(outcome_of(case, loss, is_lost=lost, has_neurons=has_neurons, rng=rng))
    return stored(url, [MLP, STRESS], outcomes, status, **header)


def record_untrained(url: str, rng: np.random.Generator, *, is_alone: bool = True) -> str:
    """The id of a run of a workload that looks at networks as they begin, and trains nothing.

    Where it isn't alone, one that trains is beside it, and comes after it by name.
    """
    begin = replace(STRESS, name="begin", description="Networks as they begin.", n_steps=0)
    workloads = [begin] if is_alone else [begin, STRESS]
    outcomes = []
    for facts in workloads:
        for name in GAINS:
            for seed in range(12):
                case = TrainingCase(
                    facts.name, 1, name, "cpu-eager", "gain", "sgd", 0.001, "sweep", seed
                )
                loss = loss_of(case, 0.0, rng)
                outcomes.append(
                    SliceOutcome(
                        case, "ok", steps=facts.n_steps, best_step=0, val_loss=loss, test_loss=loss
                    )
                )
    return stored(url, workloads, outcomes, "done")


def stored(
    url: str,
    workloads: Sequence[WorkloadFacts],
    outcomes: Sequence[SliceOutcome],
    status: str | None,
    **header: Any,
) -> str:
    """The id of a run with these slices."""
    values = {
        "suite": "smoke", "suite_document": {}, "hardware": {"name": "Xeon"}, "software": {},
        "hardware_label": "Xeon", "software_label": "torch 2.13.0", "torch_version": "2.13.0",
        "started_at": STARTED,
    }  # fmt: skip
    head = RunHeader(**values | {"n_planned": len(outcomes)} | header)
    with open_store(url) as store:
        recorder = Recorder(store)
        recorder.workloads(workloads)
        uid = recorder.begin_run(head)
        recorder.slices(uid, outcomes)
        if status is not None:
            ended = head.started_at + timedelta(seconds=40)
            recorder.close_run(uid, status, finished_at=ended)
    return uid


def loss_of(case: TrainingCase, shared: float, rng: np.random.Generator) -> float:
    """What a slice comes to: its activation's gain, its seed's luck, and how wrong its rate is."""
    wrong = abs(math.log10(case.lr / (0.01 if case.workload == MLP.name else 0.1)))
    gain = GAINS.get(case.activation, 0.0)
    return float(np.exp(-2.0 - gain + shared + 0.4 * wrong + rng.normal(0, 0.03)))


def outcome_of(
    case: TrainingCase, loss: float, *, is_lost: bool, has_neurons: bool, rng: np.random.Generator
) -> SliceOutcome:
    """A slice with its curves and bits; one that is lost diverged half-way."""
    accuracy = float(np.clip(1 - loss / 4, 0.05, 1))
    neurons, masks = neurons_of(case, is_lost=is_lost, rng=rng) if has_neurons else ((), ())
    facts = {"curves": curves_of(loss, is_lost=is_lost), "neurons": neurons, "masks": masks}
    if is_lost:
        reason = "the loss wasn't finite from step 50 on"
        return SliceOutcome(case, "diverged", reason, steps=50, **facts)
    has_target = case.workload == MLP.name
    return SliceOutcome(
        case, "ok", steps=N_STEPS, best_step=N_STEPS, val_loss=loss, val_accuracy=accuracy,
        test_loss=1.1 * loss, test_accuracy=accuracy, grad_dead=0.1, zero_dead=0.1,
        off_pinned=0.1, sparsity=0.5,
        steps_to_target=10 * math.ceil(40 * loss) if has_target and loss < 0.2 else None, **facts,
    )  # fmt: skip


def curves_of(loss: float, *, is_lost: bool) -> tuple[Curve, ...]:
    """Losses that fall to the last one; NaN from the middle on where the slice is lost."""
    steps = np.arange(10, N_STEPS + 1, 10, dtype=np.int64)
    losses = loss + (CHANCE - loss) * np.exp(-steps / 20)
    if is_lost:
        losses[5:] = np.nan
    return (
        Curve("val", "loss", steps, losses),
        Curve("val", "accuracy", steps, 1 - losses / 4),
        Curve("train", "loss", steps, 0.9 * losses),
    )


def neurons_of(
    case: TrainingCase, *, is_lost: bool, rng: np.random.Generator
) -> tuple[tuple[NeuronCurve, ...], tuple[NeuronMask, ...]]:
    """Units that die with the rate, some of which come back; none after the slice is lost."""
    steps = np.array([0, 25, 50, 100], dtype=np.int64)
    chance = 0.0 if case.activation in NEVER else min(0.9, 0.6 * case.lr)
    is_network = np.array([True, True, not is_lost, not is_lost])
    masks, bits = [], {}
    for layer in LAYERS:
        dead = rng.random((len(steps), N_UNITS)) < chance * np.linspace(0, 1, len(steps))[:, None]
        bits[layer] = dead
        masks.append(pack(layer, "grad_dead", steps.tolist(), dead, is_network))
    bits["network"] = np.concatenate(list(bits.values()), axis=1)
    curves = [
        NeuronCurve(layer, metric, dead.shape[1], 256, steps, np.where(is_network, values, np.nan))
        for layer, dead in bits.items()
        for metric, values in {
            "grad_dead": dead.mean(axis=1),
            "sparsity": 0.5 + 0.5 * dead.mean(axis=1),
            "active_prob_mean": 0.5 - 0.5 * dead.mean(axis=1),
            "saturation": 0.5 + 0.4 * dead.mean(axis=1),
            "mean_shift": 0.6 + dead.mean(axis=1),
        }.items()
    ]
    return tuple(curves), tuple(masks)
