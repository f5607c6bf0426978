"""What a worker says of its jobs to those who don't watch: log lines, notices, counts, a status."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bench_service.service.firing import Settled
from bench_service.service.messenger import Messenger
from bench_service.service.notices import WRONG, Notice, Notices, missed_notice
from bench_service.service.tally import Tally
from db.errors import StoreError

log = logging.getLogger("bench_service.worker")


@dataclass
class Reports:
    """Everything is counted; what went wrong with a schedule is logged, and told if anybody asks.

    ``n_wrong`` counts what makes ``worker --once`` end with status 1.
    """

    notices: Notices | None = None
    messenger: Messenger | None = None
    tally: Tally = field(default_factory=Tally)
    n_wrong: int = 0
    clock: Callable[[], float] = time.monotonic
    _began_s: float = 0.0

    def beat(self) -> None:
        """The worker lives."""
        self.tally.beat_at_s = time.time()

    def begins(self) -> None:
        """A job begins: nothing is sent until it has ended."""
        if self.messenger is not None:
            self.messenger.hush()
        self._began_s = self.clock()

    def ends(self, uid: str, outcome: str, status: str) -> None:
        """An attempt at a job has ended; ``status`` is the job's, '' where it is another's now."""
        tally = self.tally
        tally.n_attempts += 1
        tally.attempts_s += self.clock() - self._began_s
        tally.n_lost += outcome == "lost"
        if status not in ("", "queued"):
            tally.n_jobs[status] += 1
            self.n_wrong += status in WRONG
            notice = self._notice_of(uid) if status in WRONG else None
            if notice is not None:
                self._tell(notice)
        if self.messenger is not None:
            self.messenger.speak()

    def gives_up(self, uid: str, reason: str) -> None:
        """A job that others were lost with ended as a failure, without another try."""
        log.warning("job is given up", extra={"job": uid, "reason": reason})
        self.tally.n_jobs["failed"] += 1
        self.n_wrong += 1
        notice = self._notice_of(uid)
        if notice is not None:
            self._tell(notice)

    def settles(self, settled: Sequence[Settled]) -> None:
        """Moments of schedules became jobs, or didn't."""
        for one in settled:
            self.tally.n_due += len(one.jobs)
            self.tally.n_missed += len(one.missed)
            for job in one.jobs:
                said = {"job": job.uid, "schedule": one.schedule, "due_at": str(job.due_at)}
                log.info("schedule fires", extra=said)
            if one.missed:
                self.n_wrong += 1
                moments = [(decision.due_at, decision.note) for decision in one.missed]
                self._tell(missed_notice(one.schedule, one.at, moments))

    def close(self) -> None:
        """The worker ends."""
        if self.messenger is not None:
            self.messenger.close()

    def _notice_of(self, uid: str) -> Notice | None:
        with suppress(StoreError):  # whoever looks next finds it
            return None if self.notices is None else self.notices.of_job(uid)
        return None

    def _tell(self, notice: Notice) -> None:
        log.error(notice.text, extra={"event": notice.event, "schedule": notice.schedule})
        if self.messenger is not None:
            self.messenger.expect(notice)
