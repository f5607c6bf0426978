"""What somebody should be told: scheduled jobs that went wrong, and moments that led to none.

The store keeps who was told (``told_at`` of ``job`` and ``firing``), so that a crash loses nothing:
somebody is told at least once, and ``id`` tells the second time from another notice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import and_, select, update

from bench_service.service.ledger import now
from db import tables
from db.session import Store

OLD = timedelta(days=7)
"""Nobody is told of what went wrong longer ago: whoever adds a webhook wants what is new."""
REASON_CHARACTERS, LINE_CHARACTERS = 2000, 500
"""Of a reason in a notice: receivers refuse what is long, and the store has the whole."""
WRONG = ("partial", "failed")
GIVEN_UP, TRIAL = "job_given_up", "trial"


@dataclass(frozen=True)
class Notice:
    """Something that went wrong while nobody watched."""

    id: str
    """Of the notice; the same whenever it is sent again."""
    event: str
    """``job_failed``, ``job_partial``, ``job_given_up``, ``due_without_job`` or ``trial``."""
    schedule: str
    reason: str
    at: datetime
    """When it went wrong."""
    due_at: datetime | None = None
    """The newest of the moments that it is about."""
    job: str | None = None
    status: str | None = None
    run: str | None = None
    n_moments: int = 1

    @property
    def document(self) -> dict[str, Any]:
        """What a webhook gets; times are ISO 8601 in UTC, and null is what doesn't apply."""
        return {
            "id": self.id, "event": self.event, "text": self.text, "schedule": self.schedule,
            "due_at": None if self.due_at is None else self.due_at.isoformat(),
            "n_moments": self.n_moments, "job": self.job, "status": self.status,
            "reason": self.reason[:REASON_CHARACTERS], "run": self.run, "at": self.at.isoformat(),
            "command": self.command,
        }  # fmt: skip

    @property
    def command(self) -> str:
        """What to call to see more."""
        if self.run is not None:
            return f"bench-service show {self.run}"
        if self.job is None:
            return "bench-service schedule list"
        return f"bench-service jobs {self.job}"

    @property
    def text(self) -> str:
        """All of it in one sentence."""
        first = self.reason.partition("\n")[0][:LINE_CHARACTERS] or "no reason was given"
        if self.event == TRIAL:
            return f"A trial: {first}"
        if self.job is not None:
            return f"Job {self.job} of schedule {self.schedule} ended {self.status}: {first}"
        due = "" if self.due_at is None else f" at {self.due_at:%Y-%m-%d %H:%M} UTC"
        more = f", the last of {self.n_moments} such moments" if self.n_moments > 1 else ""
        return f"Schedule {self.schedule} was due{due} and led to no job: {first}{more}"


class Notices:
    """Finds in a store what nobody was told yet."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = now) -> None:
        self._store = store
        self._clock = clock

    def untold(self) -> list[Notice]:
        """What went wrong within a week and nobody was told yet, the oldest first."""
        found = [*self._jobs(tables.Job.told_at.is_(None)), *self._moments()]
        return sorted(found, key=lambda notice: notice.at)

    def of_job(self, uid: str) -> Notice | None:
        """The notice of a job; None where nobody scheduled it, or it didn't go wrong."""
        return next(iter(self._jobs(tables.Job.uid == uid)), None)

    def keep_told(self, notice: Notice) -> None:
        """Somebody was told."""
        table: Any = tables.Job
        which = table.uid == notice.job
        if notice.job is None:
            table = tables.Firing
            which = and_(table.schedule == notice.schedule, table.decided_at == notice.at)
        with self._store.transaction() as connection:
            connection.execute(update(table).where(which).values(told_at=self._clock()))

    def _jobs(self, which: Any) -> list[Notice]:  # noqa: ANN401  # an SQL expression
        job, attempt = tables.Job, tables.JobAttempt
        last = (
            select(attempt.outcome).where(attempt.job_id == job.id)
            .order_by(attempt.number.desc()).limit(1).scalar_subquery()
        )  # fmt: skip
        wanted = (
            select(
                job.uid, job.schedule, job.due_at, job.status, job.reason, job.ended_at,
                tables.Run.uid.label("run"), last.label("last"),
            )
            .join(tables.Run, tables.Run.id == job.run_id, isouter=True)
            .where(job.schedule.is_not(None), job.status.in_(WRONG))
            .where(job.ended_at >= self._clock() - OLD, which)
        )  # fmt: skip
        with self._store.transaction(reads_only=True) as connection:
            rows = connection.execute(wanted).all()
        return [
            Notice(
                f"job:{row.uid}", _event(row.status, row.last), row.schedule, row.reason,
                row.ended_at, row.due_at, row.uid, row.status, row.run,
            )
            for row in rows
        ]  # fmt: skip

    def _moments(self) -> list[Notice]:
        table = tables.Firing
        wanted = (
            select(table.schedule, table.due_at, table.decided_at, table.note)
            .where(table.job_uid.is_(None), table.told_at.is_(None))
            .where(table.decided_at >= self._clock() - OLD)
            .order_by(table.schedule, table.decided_at, table.due_at)
        )
        with self._store.transaction(reads_only=True) as connection:
            rows = connection.execute(wanted).all()
        return [
            missed_notice(schedule, at, [(row.due_at, row.note) for row in moments])
            for (schedule, at), moments in groupby(rows, lambda row: (row.schedule, row.decided_at))
        ]


def missed_notice(schedule: str, at: datetime, moments: list[tuple[datetime, str]]) -> Notice:
    """The notice of moments, the earliest first, that were settled at once and led to no job."""
    due_at, reason = moments[-1]
    return Notice(
        f"due:{schedule}:{at.isoformat()}", "due_without_job", schedule, reason, at, due_at,
        n_moments=len(moments),
    )  # fmt: skip


def _event(status: str, last: str | None) -> str:
    """A job that failed after its last attempt was lost wasn't ended by any: it was given up."""
    return GIVEN_UP if last == "lost" and status == "failed" else f"job_{status}"
