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
from bench_service.service.ledger import Attempt, Ended, Ledger
from bench_service.service.pace import Pace
from bench_service.service.presence import SILENT_S, Presence
from bench_service.service.reclaiming import Reclaim
from bench_service.service.reports import Reports
from bench_service.service.timetable import Timetable
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
    reclaim: Reclaim
    command: Command = measuring_command
    beat_s: float = BEAT_S
    clock: Callable[[], float] = time.monotonic
    stopping: threading.Event = field(default_factory=threading.Event)
    timetable: Timetable | None = None
    reports: Reports = field(default_factory=Reports)
    _child: Child | None = None
    _attempt: Attempt | None = None
    _progress: Mapping[str, Any] | None = None
    _told_s: float | None = None
    _held: set[str] = field(default_factory=set)

    def run(self, *, once: bool = False) -> None:
        """Work until ``stop``; with ``once`` until no job that it could take is left."""
        began_s = self.clock()
        self.presence.beat(None, None)
        self.engine.launch(self._work)
        try:
            while not self.stopping.is_set():
                self._look_around()
                if once and self._is_all_done(began_s):
                    break
                self.stopping.wait(ONCE_S if once else self.beat_s)
        finally:
            self._end()

    def stop(self) -> None:
        """End soon: what is measured is kept and the job given back. May be called by a signal.

        A signal's handler may interrupt the thread that holds the event's own lock.
        """
        threading.Thread(target=self.stopping.set, name="stop", daemon=True).start()

    def _look_around(self) -> None:
        """Say that this worker lives, and do what others may have left; an error is for later."""
        try:
            attempt = self._attempt
            self.presence.beat(None if attempt is None else attempt.uid, self._progress)
            self.reports.beat()
            self._stop_what_is_not_wanted()
            if self.pace.is_busy:
                self._keep_time()
            else:
                self._begin_anew_if_lost()
                self._keep_time()
                self.reclaim.take_over()
                if self.reclaim.put_back(self._held):
                    self._begin_anew_if_lost(asks_server=True)
        except (StoreError, JobError) as error:
            log.warning("the store or the queue can't be used", extra={"error": str(error)})
            if not self.pace.is_busy:
                with suppress(JobError):
                    self._begin_anew_if_lost(asks_server=True)

    def _begin_anew_if_lost(self, *, asks_server: bool = False) -> None:
        if self.engine.is_lost(asks_server=asks_server):
            log.warning("the queue's database was deleted; a new one begins")
            self.engine.relaunch(self._work)
            if self.timetable is not None:
                self.timetable.begin_anew()

    def _keep_time(self) -> None:
        """Schedules that are due become jobs, also while one is measured: nobody counts it late."""
        if self.timetable is not None:
            self.reports.settles(self.timetable.look(is_busy=self.pace.is_busy))

    def _stop_what_is_not_wanted(self) -> None:
        """Stop the measuring of a job that was cancelled, or that another worker has by now."""
        child, attempt = self._child, self._attempt  # in this order: no child of a later attempt
        if attempt is None or child is None or self.ledger.is_wanted(attempt):
            return
        self._told_s = self.clock() if self._told_s is None else self._told_s
        child.stop() if self.clock() - self._told_s < STOP_S else child.kill()

    def _work(self, uid: str) -> None:
        """Called with a job's id, in a thread of the engine's."""
        self._held.add(uid)
        try:
            if not self.pace.take():
                self._give_back(uid)
                return
            try:
                self._attempt_at(uid)
            finally:
                self._attempt = self._child = self._progress = self._told_s = None
                self.pace.free()
        finally:
            self._held.discard(uid)

    def _attempt_at(self, uid: str) -> None:
        attempt = self._patiently(lambda: self.ledger.begin_attempt(uid, self.identity))
        if attempt is not None:
            self._measure(attempt)
        elif self.stopping.is_set():
            self._give_back(uid)
        else:
            self.reports.finds_ended(uid)

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

    @property
    def n_failed(self) -> int:
        """What went wrong of what this worker did: jobs, and moments that led to none."""
        return self.reports.n_wrong

    def _is_all_done(self, began_s: float) -> bool:
        """Whether no job is left but what live workers are at.

        Whether one elsewhere is alive shows only after a while.
        """
        with suppress(StoreError):
            if self.pace.is_busy or self.reclaim.left():
                return False
            is_known = self.clock() - began_s > SILENT_S + BEAT_S
            return is_known or not self.ledger.waiting(self.routes)
        return False

    def _end(self) -> None:
        self.engine.end_soon()
        deadline = self.clock() + STOP_S
        while self.pace.is_busy:
            child = self._child
            if child is not None:
                child.stop() if self.clock() < deadline else child.kill()
            time.sleep(0.2)
        self.engine.stop()
        self.reports.close()
        with suppress(JobError), self.queue() as queue:
            queue.recover([self.identity])  # what was taken in the last moment
        with suppress(StoreError):
            self.presence.beat(None, None, is_last=True)


def _cpu_s() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)
