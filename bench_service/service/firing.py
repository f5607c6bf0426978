"""Moments at which schedules were due become jobs: one each, whoever looks and however often."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from croniter import CroniterError
from sqlalchemy import ColumnElement, Connection, and_, delete, func, not_, select, update

from bench_service.errors import BenchServiceError
from bench_service.seeds import new_seed
from bench_service.service.adding import add_job
from bench_service.service.job import PRIORITY, Job, suite_of
from bench_service.service.ledger import now
from bench_service.service.missed import Decision, decided
from bench_service.service.schedules import Schedule, Schedules, locked
from db import tables
from db.session import Store
from db.upsert import insert_into

AHEAD = timedelta(minutes=1)
"""What was decided later than this from now was decided by a clock that was wrong."""
UNREADABLE = (CroniterError, LookupError, ValueError, TypeError, OSError)
"""What a cron text, a zone or a document raises that this machine can't read."""
log = logging.getLogger("bench_service.worker")


@dataclass(frozen=True)
class Settled:
    """What became of the moments of a schedule that had come."""

    schedule: str
    jobs: tuple[Job, ...]
    missed: tuple[Decision, ...]
    """Those that led to no job, each with the reason, the earliest first."""
    at: datetime


class Firings:
    """Makes jobs of a store's schedules."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = now) -> None:
        self._store = store
        self._clock = clock
        self._schedules = Schedules(store, clock)
        self.next_at: datetime | None = None
        """Before this moment nothing is due, as far as was known at the last look."""
        self.standing: tuple[Schedule, ...] = ()
        """The schedules that stood then."""

    def settle(self) -> list[Settled]:
        """What became of all moments that have come, of schedules where there were any.

        A moment and its job are stored in one transaction. Moments are those since the newest that
        was settled before, or since the schedule was added: nobody needs to have been looking.
        """
        settled, coming = [], []
        self.standing = tuple(self._schedules.standing())
        for schedule in self.standing:
            try:
                if next(schedule.cron.after(self._since(schedule))) <= self._clock():
                    settled.append(self._settle(schedule.name))
                coming.append(next(schedule.cron.after(self._clock())))
            except UNREADABLE as error:
                said = {"schedule": schedule.name, "error": str(error)}
                log.warning("a schedule can't be read here", extra=said)
        self.next_at = min(coming, default=None)
        return [one for one in settled if one.jobs or one.missed]

    def run_now(self, name: str) -> Job:
        """A job of the schedule, to try it: its moments are left alone."""
        schedule = self._schedules.find(name)
        with self._store.transaction() as connection:
            return add_job(connection, self._job(schedule, None))

    def _since(self, schedule: Schedule) -> datetime:
        with self._store.transaction(reads_only=True) as connection:
            return _settled_until(connection, schedule, self._clock())

    def _settle(self, name: str) -> Settled:
        moment = self._clock()
        jobs: list[Job] = []
        missed: list[Decision] = []
        with self._store.transaction() as connection:
            schedule = locked(connection, name)
            if schedule is None:
                return Settled(name, (), (), moment)
            _forget_what_a_wrong_clock_decided(connection, name, moment)
            since = _settled_until(connection, schedule, moment)
            for decision in decided(schedule.cron.until(moment), moment, schedule.missed, since):
                found = self._fire(connection, schedule, decision, moment)
                jobs.append(found) if isinstance(found, Job) else missed.append(found)
        return Settled(name, tuple(jobs), tuple(missed), moment)

    def _fire(
        self, connection: Connection, schedule: Schedule, decision: Decision, moment: datetime
    ) -> Job | Decision:
        """The job of a moment, or why there is none; stored, unless it is known already."""
        job, note = None, decision.note
        if decision.leads_to_job:
            try:
                job = self._job(schedule, decision.due_at)
            except BenchServiceError as error:
                note = f"no job could be made of the schedule: {error}"
        row = {
            "schedule": schedule.name, "due_at": decision.due_at, "decided_at": moment,
            "job_uid": None, "note": note,
        }  # fmt: skip
        table = tables.Firing
        statement = insert_into(connection, table).on_conflict_do_nothing().returning(table.id)
        firing = connection.scalar(statement, row)
        if firing is None or job is None:
            return Decision(decision.due_at, note or "settled before")
        added = add_job(connection, job)
        connection.execute(update(table).where(table.id == firing).values(job_uid=added.uid))
        return added

    def _job(self, schedule: Schedule, due_at: datetime | None) -> Job:
        document = schedule.document
        moment = self._clock()
        seed = document.get("seed")
        return Job(
            uid="", suite=suite_of(f"of schedule {schedule.name}", document),
            seed=new_seed() if seed is None else int(seed),
            folder=str(document["folder"]), route=schedule.route,
            submitted_by=f"schedule {schedule.name}", submitted_at=moment,
            label=f"{schedule.name} {(due_at or moment).astimezone(UTC):%Y-%m-%dT%H:%MZ}",
            priority=int(document.get("priority", PRIORITY)), schedule=schedule.name, due_at=due_at,
        )  # fmt: skip


def _settled_until(connection: Connection, schedule: Schedule, moment: datetime) -> datetime:
    """Moments up to this one were settled, or came before the schedule."""
    table = tables.Firing
    newest = connection.scalar(
        select(func.max(table.due_at)).where(
            table.schedule == schedule.name,
            table.due_at <= moment,
            not_(_is_by_a_wrong_clock(moment)),
        )
    )
    return schedule.created_at if newest is None else max(newest, schedule.created_at)


def _forget_what_a_wrong_clock_decided(connection: Connection, name: str, moment: datetime) -> None:
    """Of a clock that was ahead remain the jobs; moments that it took for missed may still come."""
    table = tables.Firing
    connection.execute(delete(table).where(table.schedule == name, _is_by_a_wrong_clock(moment)))


def _is_by_a_wrong_clock(moment: datetime) -> ColumnElement[bool]:
    table = tables.Firing
    return and_(table.job_uid.is_(None), table.decided_at > moment + AHEAD)
