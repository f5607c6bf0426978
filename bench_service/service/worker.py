"""A worker: takes jobs, has them measured, says that it lives, and stops when told to."""

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
from bench_service.service.child import Child, Command, measuring_command
from bench_service.service.engine import Engine, JobQueue
from bench_service.service.ledger import Attempt, Ledger
from bench_service.service.pace import Pace
from bench_service.service.presence import Presence
from db.errors import StoreError

T = TypeVar("T")
ONCE_S = 1.0
"""Between looks of a worker that ends when nothing is left."""
BEAT_S = 10.0
STOP_S = 30.0
"""How long a measuring process may take to stop before it is killed."""
log = logging.getLogger("bench_service.worker")


@dataclass
class Worker:
    """One worker of one process."""

    identity: str
    routes: tuple[str, ...]
    url: str
    ledger: Ledger
    queue: Callable[[], JobQueue]
    engine: Engine
    pace: Pace
    presence: Presence
    command: Command = measuring_command
    beat_s: float = BEAT_S
    clock: Callable[[], float] = time.monotonic
    stopping: threading.Event = field(default_factory=threading.Event)
    n_failed: int = 0
    _child: Child | None = None
    _job: str | None = None
    _progress: Mapping[str, Any] | None = None

    def run(self, *, once: bool = False) -> None:
        """Work until ``stop``; with ``once`` until no job that it could take is left."""
        self.presence.beat(None, None)
        self.engine.launch(self._work)
        try:
            while not self.stopping.is_set():
                self._look_around()
                if once and self._is_all_done():
                    break
                self.stopping.wait(ONCE_S if once else self.beat_s)
        finally:
            self._end()

    def stop(self) -> None:
        """End soon: what is measured is kept and the job given back. May be called by a signal."""
        self.stopping.set()

    def _look_around(self) -> None:
        """Say that this worker lives, and do what others may have left; an error is for later."""
        try:
            self.presence.beat(self._job, self._progress)
            self._stop_what_was_cancelled()
            if not self.pace.is_busy:
                self._put_back_what_the_queue_lost()
                self._take_over()
        except (StoreError, JobError) as error:
            log.warning("the store or the queue can't be used", extra={"error": str(error)})

    def _stop_what_was_cancelled(self) -> None:
        job, child = self._job, self._child
        if job is not None and child is not None and self.ledger.status(job) == "cancelled":
            child.stop()

    def _put_back_what_the_queue_lost(self) -> None:
        waiting = self.ledger.waiting(self.routes)
        if not waiting:
            return
        with self.queue() as queue:
            known = queue.find([job.uid for job in waiting])
            for job in waiting:
                if job.uid not in known or known[job.uid].has_ended:
                    queue.enqueue(job.uid, job.route, job.priority, again=job.uid in known)

    def _take_over(self) -> None:
        dead = self.presence.dead(self.clock())
        if dead:
            self.engine.recover(dead)
            for identity in dead:
                log.warning("worker lost", extra={"worker": identity})
                self.presence.bury(identity)

    def _work(self, uid: str) -> None:
        """Called with a job's id, in a thread of the engine's."""
        if not self.pace.take():
            self._give_back(uid)
            return
        try:
            attempt = self._patiently(lambda: self.ledger.begin_attempt(uid, self.identity))
            if attempt is not None:
                self._measure(attempt)
        finally:
            self._job = self._child = self._progress = None
            self.pace.free()

    def _measure(self, attempt: Attempt) -> None:
        log.info("job begins", extra={"job": attempt.uid, "attempt": attempt.number})
        before_s = _cpu_s()
        self._child = Child(self.command(attempt.uid, self.url), self._hear)
        self._job = attempt.uid
        if self.stopping.is_set():
            self._child.stop()
        ended = replace(self._child.wait(), worker_cpu_s=_cpu_s() - before_s)
        status = self._patiently(lambda: self.ledger.end_attempt(attempt, ended)) or ""
        self.n_failed += status in ("partial", "failed")
        said = {"job": attempt.uid, "outcome": ended.outcome, "status": status}
        log.info("job ends", extra={**said, "reason": ended.reason})
        if status == "queued":
            self._give_back(attempt.uid)

    def _give_back(self, uid: str) -> None:
        """Any worker may take it from here on."""
        with suppress(StoreError, JobError), self.queue() as queue:
            for job in self.ledger.waiting(self.routes):
                if job.uid == uid:
                    queue.requeue(uid, job.route)

    def _hear(self, progress: Mapping[str, Any]) -> None:
        self._progress = progress

    def _patiently(self, ask: Callable[[], T]) -> T | None:
        """The answer of the store, however long it is away; None where this worker stops first."""
        wait = wait_exponential(multiplier=0.2, max=5.0)
        retrying = Retrying(
            retry=retry_if_exception_type(StoreError),
            wait=wait,
            stop=stop_when_event_set(self.stopping),
            sleep=sleep_using_event(self.stopping),
        )
        try:
            return retrying(ask)
        except RetryError:
            return None

    def _is_all_done(self) -> bool:
        with suppress(StoreError):
            return not self.pace.is_busy and not self.ledger.waiting(self.routes)
        return False

    def _end(self) -> None:
        self.pace.stop()
        deadline = self.clock() + STOP_S
        while self.pace.is_busy:
            child = self._child
            if child is not None:
                child.stop() if self.clock() < deadline else child.kill()
            time.sleep(0.2)
        self.engine.stop()
        with suppress(StoreError):
            self.presence.beat(None, None, is_last=True)


def _cpu_s() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)
