"""A pool without processes, a writer and a progress that remember: what a campaign works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from bench_service.training.result import SliceOutcome, TrainingCase
from bench_service.training.spec import TrainTask

Fate = Callable[[TrainingCase], float]
"""The validation loss of a case, or an exception that is raised instead of an answer."""


@dataclass
class Pool:
    """Trains at once, in this process; what a test says of a case becomes of it."""

    fate: Fate
    tasks: list[TrainTask] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def __call__(self, **settings: Any) -> Pool:
        self.settings = settings
        return self

    def schedule(self, function: Any, args: Sequence[Any], timeout: float) -> Future[Any]:
        assert not self.ended
        _, task = args
        self.tasks.append(task)
        self.timeouts.append(timeout)
        future: Future[Any] = Future()
        try:
            future.set_result(
                tuple(
                    SliceOutcome(case, "ok", steps=10, val_loss=self.fate(case))
                    for case in task.ordered
                )
            )
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        self.ended.append("close")

    def stop(self) -> None:
        self.ended.append("stop")

    def join(self) -> None:
        self.ended.append("join")

    @property
    def cases(self) -> list[TrainingCase]:
        """All that was asked for, in order."""
        return [case for task in self.tasks for case in task.cases]


@dataclass
class Memory:
    """A writer that keeps what it is given; ``fails_at`` is the call that raises instead."""

    stored: list[SliceOutcome] = field(default_factory=list)
    uids: set[str] = field(default_factory=set)
    fails_at: int | None = None
    error: BaseException = field(default_factory=KeyboardInterrupt)
    n_calls: int = 0

    def slices(self, uid: str, outcomes: Sequence[SliceOutcome]) -> int:
        self.n_calls += 1
        if self.n_calls == self.fails_at:
            raise self.error
        self.uids.add(uid)
        self.stored += outcomes
        return len(outcomes)

    @property
    def by_case(self) -> dict[TrainingCase, SliceOutcome]:
        """What was stored of each case; each once."""
        found = {outcome.case: outcome for outcome in self.stored}
        assert len(found) == len(self.stored)
        return found


@dataclass
class Told:
    """Progress that remembers."""

    begun: tuple[int, int] = (0, 0)
    shares: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    failures: list[SliceOutcome] = field(default_factory=list)

    def training_begins(self, n_chains: int, n_slices: int) -> None:
        self.begun = (n_chains, n_slices)

    def training_moved(self, share: float, n_done: int, now: str) -> None:
        self.shares.append(share)
        self.numbers.append(n_done)

    def training_failed(self, outcome: SliceOutcome) -> None:
        self.failures.append(outcome)
