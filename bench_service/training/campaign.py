"""Trains all chains of a plan, spread over the cores, and hands over every stack that is done."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, cast

from pebble import ProcessExpired, ProcessPool

from bench_service.errors import MeasurementError
from bench_service.training import worker
from bench_service.training.chain import Chain, Score
from bench_service.training.clean_spawn import CleanContext
from bench_service.training.grouping import stack_key, stacks_of
from bench_service.training.result import LrRole, SliceOutcome, SliceStatus, TrainingCase
from bench_service.training.spec import TrainTask

Stacked = tuple[SliceOutcome, ...]

STACKS_A_WORKER = 2
"""One at work and one to go on with: a worker never waits for the next group to be looked at."""
LOOK_S = 0.2
GRACE_S = 30.0
"""What a process gets beyond the limit that its trainer keeps, before it is killed."""


class SliceWriter(Protocol):
    """Where slices go: the recorder, or a fake in a test."""

    def slices(self, uid: str, outcomes: Sequence[SliceOutcome]) -> int:
        """Store what became of slices; how many are new."""
        ...


class Pool(Protocol):
    """What is needed of ``pebble.ProcessPool``, whose methods carry no types."""

    def schedule(
        self, function: Callable[..., Stacked], args: tuple[object, ...], timeout: float
    ) -> Future[Stacked]:
        """A future of the call in one of the processes."""
        ...

    def close(self) -> None:
        """Take no more."""
        ...

    def stop(self) -> None:
        """End the processes, whatever they do."""
        ...

    def join(self) -> None:
        """Wait for the processes to end."""
        ...


class TrainingProgress(Protocol):
    """Who wants to know how far training is."""

    def training_begins(self, n_chains: int, n_slices: int) -> None:
        """So many chains and about so many slices are to come."""
        ...

    def training_moved(self, share: float, n_done: int, now: str) -> None:
        """This share of the work is done; so many slices are stored; this is being trained."""
        ...

    def training_failed(self, outcome: SliceOutcome) -> None:
        """A slice couldn't be trained."""
        ...


@dataclass(frozen=True)
class Costed:
    """A chain, and what training it takes."""

    chain: Chain
    n_steps: int
    """Of each slice."""
    slice_step_us: float
    """About how long one of them takes on one core."""
    reference: str = ""
    """Where the activation comes from, if its name doesn't say."""


Group = tuple[Costed, ...]
"""Chains that train in the same stacks; most often one."""


@dataclass
class Campaign:
    """Chains in the course of their training. What is due of a group is at work at one time."""

    uid: str
    chains: Sequence[Costed]
    writer: SliceWriter
    progress: TrainingProgress
    n_workers: int
    time_limit_s: float
    done: dict[TrainingCase, Score] = field(default_factory=dict)
    """What is trained already; a resumed run begins with what it finds in the store."""
    n_ok: int = 0
    n_failed: int = 0
    _kept: dict[TrainingCase, SliceOutcome] = field(default_factory=dict)
    """Outcomes at default rates: a chosen rate may turn out to be the default one."""
    _waiting: dict[Future[Stacked], tuple[int, TrainTask, Group]] = field(default_factory=dict)
    _n_tasks: int = 0
    _slice_steps: dict[int, int] = field(default_factory=dict)

    def run(self) -> None:
        """Train until nothing is due. What was stored before an interrupt stays."""
        n_slices = sum(costed.chain.n_expected for costed in self.chains)
        self.progress.training_begins(len(self.chains), n_slices)
        context = CleanContext()
        told = context.SimpleQueue()
        pool = cast(
            "Pool",
            ProcessPool(
                max_workers=self.n_workers,
                initializer=worker.begin,
                initargs=(told, os.getpid(), self.n_workers),
                context=context,
            ),
        )
        try:
            self._run_in(pool, lambda: None if told.empty() else told.get())
            pool.close()
        except BaseException:
            pool.stop()
            raise
        finally:
            pool.join()

    def _run_in(self, pool: Pool, heard: Callable[[], worker.Progress | None]) -> None:
        to_begin = deque(self._groups())
        self._begin(pool, to_begin)
        while self._waiting:
            finished, _ = wait(self._waiting, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            while (word := heard()) is not None:
                number, moved = word
                self._slice_steps[number] = self._slice_steps.get(number, 0) + moved
            for future in finished:
                number, task, group = self._waiting.pop(future)
                self._slice_steps.pop(number, None)
                self._take(self._result(future, task))
                self._ask(pool, group)
            self._begin(pool, to_begin)
            self._show()

    def _begin(self, pool: Pool, to_begin: deque[Group]) -> None:
        """Begin groups while there is room: what was begun is finished before much else begins.

        A run that is cut short then has whole answers on some workloads, not halves on all.
        """
        while to_begin and len(self._waiting) < STACKS_A_WORKER * self.n_workers:
            self._ask(pool, to_begin.popleft())

    def _groups(self) -> tuple[Group, ...]:
        found: dict[tuple[object, ...], list[Costed]] = {}
        for costed in self.chains:
            found.setdefault(stack_key(costed.chain), []).append(costed)
        return tuple(map(tuple, found.values()))

    def _ask(self, pool: Pool, group: Group) -> None:
        """Give the pool what is due of a group, unless a stack of it is still at work."""
        if any(other is group for _, _, other in self._waiting.values()):
            return
        reference = group[0].reference if len(group) == 1 else ""  # names of the catalogue say it
        for cases in stacks_of([case for costed in group for case in self._due(costed.chain)]):
            task = TrainTask(cases, self.time_limit_s, reference)
            future = pool.schedule(
                worker.run_task,
                args=(self._n_tasks, task),
                timeout=self.time_limit_s + GRACE_S,
            )
            self._waiting[future] = (self._n_tasks, task, group)
            self._n_tasks += 1

    def _due(self, chain: Chain) -> tuple[TrainingCase, ...]:
        """What is due of a chain; what was trained under another role is taken over."""
        while due := chain.due(self.done):
            known = [case for case in due if _as_default(case) in self._kept]
            if not known:
                break
            self._take([replace(self._kept[_as_default(case)], case=case) for case in known])
        return due

    def _result(
        self, future: Future[tuple[SliceOutcome, ...]], task: TrainTask
    ) -> Sequence[SliceOutcome]:
        try:
            return future.result()
        except TimeoutError:
            status, reason = SliceStatus.TIMEOUT, f"no end within {self.time_limit_s:g} s"
        except ProcessExpired as error:
            status, reason = SliceStatus.ERROR, f"the process died with status {error.exitcode}"
        except BrokenProcessPool as error:
            raise MeasurementError(
                "The processes that train have all ended.",
                got=str(error),
                next_step="find out what ends them, such as a lack of memory, and resume the run",
            ) from error
        return [SliceOutcome(case, status, reason) for case in task.ordered]

    def _take(self, outcomes: Sequence[SliceOutcome]) -> None:
        self.writer.slices(self.uid, outcomes)
        for outcome in outcomes:
            self.done[outcome.case] = score_of(outcome, self._metric(outcome.case))
            is_failed = outcome.status in (SliceStatus.ERROR, SliceStatus.TIMEOUT)
            self.n_failed += is_failed
            self.n_ok += not is_failed
            if is_failed:
                self.progress.training_failed(outcome)
            if outcome.case.lr_role == LrRole.DEFAULT:
                self._kept[outcome.case] = outcome

    def _metric(self, case: TrainingCase) -> str:
        return next(c.chain.metric for c in self.chains if c.chain.workload == case.workload)

    def _show(self) -> None:
        share = self._done_us() / max(1.0, self._expected_us)
        tasks = [task for _, task, _ in self._at_work()]
        now = {f"{task.cases[0].workload} {' '.join(task.activations)}" for task in tasks}
        self.progress.training_moved(min(1.0, share), len(self.done), ", ".join(sorted(now)))

    def _done_us(self) -> float:
        """About how much of the work is done, in us on one core."""
        us = {c.chain.workload: c.n_steps * c.slice_step_us for c in self.chains}
        begun = sum(
            self._slice_steps[number] * group[0].slice_step_us
            for number, _, group in self._at_work()
        )
        return begun + sum(us.get(case.workload, 0.0) for case in self.done)

    @cached_property
    def _expected_us(self) -> float:
        return sum(c.chain.n_expected * c.n_steps * c.slice_step_us for c in self.chains)

    def _at_work(self) -> list[tuple[int, TrainTask, Group]]:
        return [entry for entry in self._waiting.values() if entry[0] in self._slice_steps]


def _as_default(case: TrainingCase) -> TrainingCase:
    return replace(case, lr_role=LrRole.DEFAULT.value)


def score_of(outcome: SliceOutcome, metric: str) -> Score:
    """What the choice of a learning rate needs of an outcome."""
    values: Mapping[str, float | None] = {
        "val_loss": outcome.val_loss,
        "val_accuracy": outcome.val_accuracy,
    }
    return Score(str(outcome.status), values[metric])
