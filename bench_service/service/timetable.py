"""A worker's part in schedules: it tells the queue of them, and makes jobs of what has come."""

from __future__ import annotations

import logging
import queue as queues
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from bench_service.errors import JobError
from bench_service.service.firing import Firings, Settled
from bench_service.service.ledger import now
from db.errors import StoreError

if TYPE_CHECKING:
    from bench_service.service.engine import JobQueue

ASK_S = 60.0
"""Between questions to the store while a job is at work."""
log = logging.getLogger("bench_service.worker")


class Timetable:
    """Settles moments that schedules were due: when the queue fires, and at the worker's beats.

    The queue fires on time. The beats find what it couldn't: what passed while nobody ran, while
    the machine slept (its waits stand still meanwhile), or while the queue was deleted.
    """

    def __init__(
        self, firings: Firings, queue: Callable[[], JobQueue],
        clock: Callable[[], datetime] = now, monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._firings = firings
        self._monotonic = monotonic
        self._settled_s = -ASK_S
        self._queue = queue
        self._clock = clock
        self._settled: queues.SimpleQueue[Settled] = queues.SimpleQueue()
        self._applied: dict[str, tuple[str, str]] | None = None

    def look(self, *, is_busy: bool) -> list[Settled]:
        """What was settled since the last look.

        While a job is at work only the time is compared, until something is due; and the store is
        asked once a minute, for somebody may have added a schedule.
        """
        next_at = self._firings.next_at
        is_due = next_at is not None and next_at <= self._clock()
        if not is_busy or is_due or self._monotonic() - self._settled_s > ASK_S:
            self._settle()
        if not is_busy:
            self._tell_queue()
        return list(self._taken())

    def fire(self) -> None:
        """Called by the queue when a schedule is due: its jobs may be taken at once."""
        try:
            jobs = [job for settled in self._settle() for job in settled.jobs]
            if jobs:
                with self._queue() as queue:
                    for job in jobs:
                        queue.enqueue(job.uid, job.route, job.priority)
        except (StoreError, JobError) as error:
            log.warning("a schedule is settled later", extra={"error": str(error)})

    def begin_anew(self) -> None:
        """The queue was lost, and what it knew of schedules with it."""
        self._applied = None

    def _settle(self) -> list[Settled]:
        self._settled_s = self._monotonic()
        settled = self._firings.settle()
        for one in settled:
            self._settled.put(one)
        return settled

    def _tell_queue(self) -> None:
        wanted = {
            schedule.name: (schedule.cron.text, schedule.cron.time_zone)
            for schedule in self._firings.standing
        }
        if wanted != self._applied:
            with self._queue() as queue:
                queue.fire_at(wanted)
            self._applied = wanted

    def _taken(self) -> Iterator[Settled]:
        while True:
            try:
                yield self._settled.get_nowait()
            except queues.Empty:
                return
