"""Which chains a suite asks for, which of them can't be trained here, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import psutil

from bench_service.activations import ACTIVATIONS
from bench_service.backends import BACKENDS
from bench_service.errors import SuiteError
from bench_service.references import absolute
from bench_service.suite import Suite, TrainingSuite
from bench_service.training.campaign import Costed
from bench_service.training.chain import FIRST_TUNING_SEED, Chain
from bench_service.training.result import LrRole, SliceOutcome, SliceStatus, WorkloadFacts
from bench_service.workloads import WORKLOADS, LrPolicy, Workload

EXECUTION_MODE = "-eager"
SECONDS_TO_START = 3.0
"""Until the first process has imported torch."""


@dataclass(frozen=True)
class TrainingSkip:
    """A chain that can't be trained here, with the reason."""

    chain: Chain
    reason: str

    def outcomes(self) -> tuple[SliceOutcome, ...]:
        """The slices that would have been evaluated, each with the reason."""
        shown = (LrRole.DEFAULT.value, LrRole.SWEEP.value)
        return tuple(
            SliceOutcome(case, SliceStatus.SKIPPED, self.reason)
            for case in self.chain.first_cases()
            if case.lr_role in shown
        )


@dataclass(frozen=True)
class TrainingPlan:
    """What will be trained, and what can't be."""

    chains: tuple[Costed, ...] = ()
    skips: tuple[TrainingSkip, ...] = ()
    n_workers: int = 1
    time_limit_s: float = 900.0

    @property
    def n_slices(self) -> int:
        """Slices that will be trained, if no grid has to grow."""
        return sum(costed.chain.n_expected for costed in self.chains)

    @property
    def expected_seconds(self) -> float:
        """About how long it takes, in s."""
        if not self.chains:
            return 0.0
        work_us = sum(
            costed.chain.n_expected * costed.n_steps * costed.slice_step_us
            for costed in self.chains
        )
        return SECONDS_TO_START + work_us / 1e6 / self.n_workers

    @property
    def workloads(self) -> tuple[str, ...]:
        """The workloads that are trained or skipped, each once."""
        chains = (*(c.chain for c in self.chains), *(skip.chain for skip in self.skips))
        return tuple(dict.fromkeys(chain.workload for chain in chains))


def plan_training(suite: Suite, folder: Path) -> TrainingPlan:
    """The training part of a suite on this machine; UnknownNameError for names unknown.

    Nothing of the user's is imported: what a file of theirs, read from ``folder``, is like turns
    out where it is trained.
    """
    training = suite.training
    if training is None:
        return TrainingPlan()
    if not training.workloads:
        raise SuiteError(
            f"Suite {suite.name!r} has a table [training] and names no workload.",
            got="workloads = []",
            allowed=", ".join(WORKLOADS.names()),
            next_step="name some, or add --kind timing",
        )
    chains: list[Costed] = []
    skips: list[TrainingSkip] = []
    for workload, reference, backend, init in _crossed(suite, training):
        chain = _chain(workload, reference, backend, init, training)
        reason = reason_to_skip(workload, reference, backend)
        if reason:
            skips.append(TrainingSkip(chain, reason))
        else:
            source = absolute(reference, folder)
            chains.append(Costed(chain, workload.n_steps, workload.slice_step_us, source))
    n_workers = training.workers or psutil.cpu_count(logical=False) or 1
    return TrainingPlan(tuple(chains), tuple(skips), n_workers, training.time_limit_s)


def reason_to_skip(workload: Workload, reference: str, backend: str) -> str:
    """Why a chain can't be trained on this machine, as a sentence; empty where it can."""
    unavailable = BACKENDS.get(backend).unavailable() or workload.unavailable()
    if unavailable:
        return unavailable
    if reference not in ACTIVATIONS:
        return ""
    shape_class = ACTIVATIONS.get(reference).shape_class.value
    if shape_class not in workload.accepts:
        return (
            f"{reference} changes what its input's width means ({shape_class}), and the "
            f"model of {workload.name} has no place for that."
        )
    return ""


def facts_of(workload: Workload) -> WorkloadFacts:
    """What the store keeps of a workload."""
    target = workload.target
    return WorkloadFacts(
        name=workload.name,
        version=workload.version,
        description=workload.description,
        source=workload.source,
        metric=workload.metric,
        better=workload.better,
        chance=workload.chance,
        target_metric=target.metric if target else None,
        target=target.value if target else None,
        target_version=target.version if target else None,
        n_steps=workload.n_steps,
        batch_size=workload.batch_size,
        facts={
            "lrs": list(workload.lrs),
            "default_lr": workload.default_lr,
            "lr_policy": workload.lr_policy.value,
            "weight_decay": workload.optimizer.weight_decay,
            "n_probe": workload.n_probe,
            **workload.facts,
        },
    )


def _crossed(suite: Suite, training: TrainingSuite) -> Iterator[tuple[Workload, str, str, str]]:
    backends = [name for name in _backends(suite) if name.endswith(EXECUTION_MODE)]
    for name, backend in product(training.workloads, backends):
        workload = WORKLOADS.get(name)
        named = training.activations or suite.activations
        for init, reference in product(training.inits or workload.inits, _with_relu(named)):
            yield workload, reference, backend, init


def _backends(suite: Suite) -> tuple[str, ...]:
    if suite.backends != "auto":
        return suite.backends
    return tuple(b.name for b in BACKENDS if b.unavailable() is None)


def _with_relu(named: tuple[str, ...]) -> tuple[str, ...]:
    """The activations that were named, and ReLU, which all are held against."""
    return tuple(dict.fromkeys(("relu", *named)))


def _chain(
    workload: Workload, reference: str, backend: str, init: str, training: TrainingSuite
) -> Chain:
    tuning = range(FIRST_TUNING_SEED, FIRST_TUNING_SEED + training.tuning_seeds)
    return Chain(
        workload=workload.name,
        workload_version=workload.version,
        activation=reference,
        backend=backend,
        init=init,
        optimizer=workload.optimizer.name,
        lrs=workload.lrs,
        default_lr=workload.default_lr,
        metric=workload.metric,
        better=workload.better,
        seeds=tuple(range(training.seeds)),
        tuning_seeds=tuple(tuning),
        is_sweep=workload.lr_policy is LrPolicy.SWEEP,
    )
