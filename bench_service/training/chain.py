"""What remains to be trained of one activation on one workload, given what is there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench_service.analysis.training.learning_rate import Edge, choose_lr
from bench_service.training.result import LrRole, SliceStatus, TrainingCase

FIRST_TUNING_SEED = 1000
"""Tuning seeds are apart from evaluation seeds, which begin at 0: what is chosen on some seeds is
judged on others."""
LR_STEP = math.sqrt(10)
"""By how much a grid grows where its best rate lies at an edge."""
MAX_EXTENSIONS = 2
UNTRAINED = frozenset({SliceStatus.ERROR, SliceStatus.TIMEOUT})


@dataclass(frozen=True)
class Score:
    """What the choice of a learning rate needs to know of a slice."""

    status: str
    value: float | None
    """Its best validation metric; None where it has none."""


@dataclass(frozen=True)
class Chain:
    """One activation on one workload: tuned, then trained on seeds that had no part in tuning."""

    workload: str
    workload_version: int
    activation: str
    backend: str
    init: str
    optimizer: str
    lrs: tuple[float, ...]
    default_lr: float
    metric: str
    better: str
    seeds: tuple[int, ...]
    tuning_seeds: tuple[int, ...]
    is_sweep: bool = False
    parameters: tuple[tuple[str, float], ...] = ()

    @property
    def n_expected(self) -> int:
        """How many slices there will be, if no grid has to grow."""
        if self.is_sweep:
            return len(self.lrs) * len(self.seeds)
        tuned = len(self.tuning_seeds) * len(self.lrs)
        return tuned + len(self.seeds) * (2 if tuned else 1)

    def first_cases(self) -> tuple[TrainingCase, ...]:
        """What is trained before anything is known."""
        if self.is_sweep:
            return self._cases(self.lrs, LrRole.SWEEP, self.seeds)
        tune = self._cases(self.lrs, LrRole.TUNE, self.tuning_seeds)
        return (*tune, *self._cases((self.default_lr,), LrRole.DEFAULT, self.seeds))

    def due(self, done: Mapping[TrainingCase, Score]) -> tuple[TrainingCase, ...]:
        """What can be trained now; empty where the chain is finished.

        The grid grows while its best rate lies at an edge, at most twice. A best rate at the edge
        of the last grid is evaluated as it is, and the analysis says so. Where nothing could be
        tuned, for errors or for time, no other rate would help: slices at the default rate have
        the reason.
        """
        first = self.first_cases()
        missing = _missing(first, done)
        if missing or self.is_sweep or not self.tuning_seeds:
            return missing
        if all(done[case].status in UNTRAINED for case in first if case.lr_role == LrRole.TUNE):
            return ()
        grid = list(self.lrs)
        for _ in range(MAX_EXTENSIONS):
            rate, edge = self._choice(grid, done)
            beyond = _beyond(grid, edge)
            if beyond is None:
                break
            missing = _missing(self._cases((beyond,), LrRole.TUNE, self.tuning_seeds), done)
            if missing:
                return missing
            grid = sorted((*grid, beyond))
        rate, _ = self._choice(grid, done)
        return _missing(self._cases((rate,), LrRole.EVAL, self.seeds), done)

    def _choice(
        self, grid: Sequence[float], done: Mapping[TrainingCase, Score]
    ) -> tuple[float, Edge]:
        tuned = self._cases(grid, LrRole.TUNE, self.tuning_seeds)
        chosen = choose_lr([self._row(case, done[case]) for case in tuned]).iloc[0]
        return float(chosen["lr"]), Edge(chosen["edge"])

    def _row(self, case: TrainingCase, score: Score) -> dict[str, object]:
        return {
            "workload": case.workload,
            "backend": case.backend,
            "init": case.init,
            "optimizer": case.optimizer,
            "activation": case.activation,
            "params": dict(case.parameters),
            "lr": case.lr,
            "lr_role": case.lr_role,
            "seed": case.seed,
            "status": score.status,
            "metric": self.metric,
            "better": self.better,
            self.metric: math.nan if score.value is None else score.value,
        }

    def _cases(
        self, lrs: Sequence[float], role: LrRole, seeds: Sequence[int]
    ) -> tuple[TrainingCase, ...]:
        template = TrainingCase(
            self.workload, self.workload_version, self.activation, self.backend, self.init,
            self.optimizer, self.default_lr, role.value, 0, self.parameters,
        )  # fmt: skip
        return tuple(replace(template, lr=lr, seed=seed) for lr in lrs for seed in seeds)


def _missing(
    cases: Sequence[TrainingCase], done: Mapping[TrainingCase, Score]
) -> tuple[TrainingCase, ...]:
    return tuple(case for case in cases if case not in done)


def _beyond(grid: Sequence[float], edge: Edge) -> float | None:
    """The next rate on the side of the edge, to three significant digits."""
    if edge is Edge.HIGHEST:
        return float(f"{max(grid) * LR_STEP:.3g}")
    if edge is Edge.LOWEST:
        return float(f"{min(grid) / LR_STEP:.3g}")
    return None
