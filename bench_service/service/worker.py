"""A worker: says that it lives, has jobs measured, does what others left, and stops when told."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass

from bench_service.errors import JobError, NameTakenError
from bench_service.service.attempts import Attempts
from bench_service.service.engine import Engine
from bench_service.service.ledger import Ledger
from bench_service.service.pace import Pace
from bench_service.service.presence import Presence
from bench_service.service.reclaiming import Reclaim
from bench_service.service.reports import Reports
from bench_service.service.tidying import Tidying
from bench_service.service.timetable import Timetable
from db.errors import ReplacedError, StoreError

ONCE_S = 1.0
"""Between looks of a worker that ends when nothing is left."""
BEAT_S = 10.0
LONG_REST_S = 60.0
log = logging.getLogger("bench_service.worker")


@dataclass
class Worker:
    """One worker of one process."""

    routes: tuple[str, ...]
    ledger: Ledger
    engine: Engine
    pace: Pace
    presence: Presence
    reclaim: Reclaim
    attempts: Attempts
    reports: Reports
    timetable: Timetable
    tidying: Tidying
    stopping: threading.Event
    beat_s: float = BEAT_S
    _kept: tuple[str, int] | None = None

    def run(self, *, once: bool = False) -> None:
        """Work until ``stop``; with ``once`` until no job that it could take is left.

        NameTakenError where another worker of this name is at work, or is by now; ReplacedError
        where the store's file was deleted meanwhile.
        """
        if not self.presence.claim(self.stopping.wait):
            return
        try:
            with suppress(StoreError, JobError):  # before others are handed out
                self._take_over()
            self.engine.launch(self.attempts.take)
            while not self.stopping.is_set():
                self._look_around()
                if once and (self._is_all_done() or self._would_rest_long()):
                    break
                self.stopping.wait(ONCE_S if once else self.beat_s)
        finally:
            self._end()

    def stop(self) -> None:
        """End soon: what is measured is kept and the job given back. May be called by a signal.

        A signal's handler may interrupt the thread that holds the event's own lock.
        """
        threading.Thread(target=self.stopping.set, name="stop", daemon=True).start()

    @property
    def n_failed(self) -> int:
        """What went wrong of what this worker did: jobs, and moments that led to none."""
        return self.reports.n_wrong

    def _look_around(self) -> None:
        """Say that this worker lives, and do what others may have left; an error is for later."""
        try:
            self.presence.beat(self.attempts.job_uid, self.attempts.progress)
            self.reports.beat()
            self.attempts.stop_what_is_not_wanted()
            self._take_over()  # also while busy: silence is heard only by who goes on listening
            if self.pace.is_busy:
                self._keep_time()
                self._keep_one_job()
            else:
                self._begin_anew_if_lost()
                self._keep_time()
                if self.reclaim.put_back(self.attempts.held):
                    self._begin_anew_if_lost(asks_server=True)
                self.tidying.look()
        except (NameTakenError, ReplacedError):
            raise
        except (StoreError, JobError) as error:
            log.warning("the store or the queue can't be used", extra={"error": str(error)})
            if not self.pace.is_busy:
                with suppress(JobError):
                    self._begin_anew_if_lost(asks_server=True)

    def _take_over(self) -> None:
        """Jobs of the dead wait again, those of this name's last process among them."""
        own, given_up = self.presence, []
        if own.last_sign_before is not None:
            given_up = self.reclaim.take_up(own.last_sign_before, own.started_at)
            own.last_sign_before = None
        for uid, given in [*given_up, *self.reclaim.take_over()]:
            self.reports.gives_up(uid, given.reason)

    def _begin_anew_if_lost(self, *, asks_server: bool = False) -> None:
        if self.engine.is_lost(asks_server=asks_server):
            log.warning("the queue's database was deleted; a new one begins")
            self.engine.relaunch(self.attempts.take)
            self.timetable.begin_anew()

    def _keep_one_job(self) -> None:
        """Once a job: the queue hands out one of each route, and the others needn't wait for it.

        Who was handed them stands at the gate.
        """
        current = self.attempts.current
        if current is not None and current != self._kept:
            self.reclaim.keep_only(current[0])
            self._kept = current

    def _keep_time(self) -> None:
        """Schedules that are due become jobs, also while one is measured: nobody counts it late."""
        self.reports.settles(self.timetable.look(is_busy=self.pace.is_busy))

    def _is_all_done(self) -> bool:
        """Whether no job is left but what live workers are at."""
        with suppress(StoreError):
            if self.pace.is_busy or self.reclaim.left():
                return False
            return not self.ledger.waiting(self.routes) or self.reclaim.is_all_known()
        return False

    def _would_rest_long(self) -> bool:
        """Whether this worker, which is to end soon, would wait instead, for its machine's sake."""
        if self.pace.rest_left_s <= LONG_REST_S:
            return False
        log.error("attempts come to nothing: this worker ends, and leaves what is left to others")
        self.reports.n_wrong += 1
        return True

    def _end(self) -> None:
        self.stopping.set()
        self.engine.end_soon()
        self.attempts.end()
        self.engine.stop()
        self.reports.close()
        if self.presence.is_taken:
            return
        with suppress(JobError):
            self.reclaim.keep_only(None)  # what was taken in the last moment
        with suppress(StoreError, JobError):
            self.presence.beat(None, None, is_last=True)
