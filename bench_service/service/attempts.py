"""A worker's attempts at jobs: one at a time, each measured by a process of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import psutil
from tenacity import RetryError, Retrying, retry_if_exception_type, sleep_using_event
from tenacity.stop import stop_when_event_set
from tenacity.wait import wait_exponential

from bench_service.errors import JobError
from bench_service.service.attempt import Attempt, Ended, GivenUp
from bench_service.service.child import Child, Command, measuring_command
from bench_service.service.engine import JobQueue
from bench_service.service.ledger import Ledger
from bench_service.service.pace import Pace
from bench_service.service.reports import Reports
from db.errors import StoreError

T = TypeVar("T")
STOP_S = 30.0
"""How long a measuring process may take to stop before it is killed."""
REST_S, MOST_DOUBLINGS, MOST_REST_S = 5.0, 10, 3600.0
"""Between attempts that come to nothing: at first, how often it doubles, and at the most."""
log = logging.getLogger("bench_service.worker")


@dataclass
class Attempts:
    """``take`` is called by the queue's threads, the rest by the worker's own."""

    identity: str
    url: str
    ledger: Ledger
    queue: Callable[[], JobQueue]
    pace: Pace
    reports: Reports
    stopping: threading.Event
    command: Command = measuring_command
    rest_s: float = REST_S
    clock: Callable[[], float] = time.monotonic
    held: set[str] = field(default_factory=set)
    """Ids of jobs that the queue has handed out and that weren't given back yet."""
    progress: Mapping[str, Any] | None = None
    """What the process that measures said last."""
    _child: Child | None = None
    _attempt: Attempt | None = None
    _told_s: float | None = None
    _n_troubles: int = 0

    @property
    def job_uid(self) -> str | None:
        """The job that is measured now."""
        current = self.current
        return None if current is None else current[0]

    @property
    def current(self) -> tuple[str, int] | None:
        """That job, and the number of the attempt at it."""
        attempt = self._attempt
        return None if attempt is None else (attempt.uid, attempt.number)

    def take(self, uid: str) -> None:
        """Have a job measured; comes back when it has ended here, or is given back.

        A worker of several routes may be handed one job of each at once: it keeps one.
        """
        self.held.add(uid)
        try:
            if not self.pace.take():
                self._give_back(uid)
                return
            try:
                self._attempt_at(uid)
            finally:
                self._attempt = self._child = self.progress = self._told_s = None
                self.pace.free()
        finally:
            self.held.discard(uid)

    def stop_what_is_not_wanted(self) -> None:
        """Stop the measuring of a job that was cancelled, or that another worker has by now."""
        child, attempt = self._child, self._attempt  # in this order: no child of a later attempt
        if attempt is None or child is None or self.ledger.is_wanted(attempt):
            return
        self._told_s = self.clock() if self._told_s is None else self._told_s
        child.stop() if self.clock() - self._told_s < STOP_S else child.kill()

    def end(self) -> None:
        """Comes back once nothing is measured any more: what was, is kept."""
        deadline = self.clock() + STOP_S
        while self.pace.is_busy:
            child = self._child
            if child is not None:
                child.stop() if self.clock() < deadline else child.kill()
            time.sleep(0.2)

    def _attempt_at(self, uid: str) -> None:
        since = self.ledger.clock()
        attempt = self._patiently(lambda: self.ledger.begin_attempt(uid, self.identity, since))
        if isinstance(attempt, Attempt):
            self._measure(attempt)
        elif isinstance(attempt, GivenUp):
            self.reports.gives_up(uid, attempt.reason)
        elif self.stopping.is_set():
            self._give_back(uid)

    def _measure(self, attempt: Attempt) -> None:
        log.info("job begins", extra={"job": attempt.uid, "attempt": attempt.number})
        before_s = _cpu_s()
        self._attempt = attempt
        self.reports.begins()
        ended = replace(self._measured(attempt), worker_cpu_s=_cpu_s() - before_s)
        status = self._patiently(lambda: self.ledger.end_attempt(attempt, ended)) or ""
        said = {"job": attempt.uid, "outcome": ended.outcome, "status": status}
        log.info("job ends", extra={**said, "reason": ended.reason})
        if status == "queued":
            self._give_back(attempt.uid)
        self.reports.ends(attempt.uid, ended.outcome, status)
        self._rest_after(ended.outcome, status)

    def _rest_after(self, outcome: str, status: str) -> None:
        """Take no job for a while, longer each time, where attempts come to nothing.

        The machine may be what is wrong, and would go through the whole queue in no time. Others
        may have the job meanwhile. A job that was cancelled, or is another's by now, says nothing
        of the machine; nor does a store that was away, which is waited for a little.
        """
        if outcome == "lost" and status in ("queued", "failed"):
            self._n_troubles += 1
            doubled = min(self._n_troubles - 1, MOST_DOUBLINGS)
            self._rest(min(self.rest_s * 2**doubled, MOST_REST_S))
        elif outcome == "released" and status == "queued" and not self.stopping.is_set():
            self._rest(self.rest_s)
        else:
            self._n_troubles = 0

    def _rest(self, seconds: float) -> None:
        if seconds > 0:
            log.warning("attempts come to nothing: resting", extra={"seconds": seconds})
            self.pace.rest(seconds)

    def _measured(self, attempt: Attempt) -> Ended:
        try:
            child = Child(self.command(attempt.uid, self.url), self._hear)
        except OSError as error:
            return Ended("lost", f"the measuring process can't be started: {error}")
        self._child = child
        if self.stopping.is_set():
            child.stop()
        ended = child.wait()
        if ended.outcome == "lost" and self.stopping.is_set():  # ours, not the job's, fault
            return replace(ended, outcome="released")
        return ended

    def _give_back(self, uid: str) -> None:
        """Any worker may take it from here on."""
        with suppress(JobError), self.queue() as queue:
            queue.give_back(uid, self.identity)

    def _hear(self, progress: Mapping[str, Any]) -> None:
        self.progress = progress

    def _patiently(self, ask: Callable[[], T]) -> T | None:
        """The answer of the store, however long it is away; None where this worker stops first."""
        retrying = Retrying(
            retry=retry_if_exception_type(StoreError),
            wait=wait_exponential(multiplier=0.2, max=5.0),
            stop=stop_when_event_set(self.stopping),
            sleep=sleep_using_event(self.stopping),
        )
        try:
            return retrying(ask)
        except RetryError:
            return None


def _cpu_s() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)
