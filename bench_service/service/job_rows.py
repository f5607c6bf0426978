"""Rows of jobs and attempts, read and changed within a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from bench_service.service.job import OPEN, PROTOCOL
from db import tables
from db.tables.run import job_keys

CLOCKS = timedelta(days=1)
"""How far the clocks of two machines may be apart."""


def locked(connection: Connection, uid: str) -> Any:  # noqa: ANN401  # a row, or None
    """A job's row, or None; nobody else changes it until the transaction ends."""
    table = tables.Job
    wanted = select(table.id, table.status, table.route, table.document, table.protocol)
    return connection.execute(wanted.where(table.uid == uid).with_for_update()).one_or_none()


def change(connection: Connection, job_id: int, **values: object) -> None:
    """Give columns of a job's row these values."""
    connection.execute(update(tables.Job).where(tables.Job.id == job_id).values(**values))


def is_elsewhere(connection: Connection, job_id: int, worker: str) -> bool:
    """Whether another worker is at a job that isn't known to have ended."""
    attempt, known = tables.JobAttempt, tables.Worker
    wanted = (
        select(attempt.id)
        .join(known, known.identity == attempt.worker)
        .where(attempt.job_id == job_id, attempt.ended_at.is_(None))
        .where(attempt.worker != worker, known.stopped_at.is_(None))
    )
    return connection.scalar(wanted) is not None


def outcomes(connection: Connection, job_id: int) -> list[tuple[str, str]]:
    """Outcome and reason of each attempt at a job, in their order."""
    table = tables.JobAttempt
    wanted = select(table.outcome, table.reason).where(table.job_id == job_id)
    return [(row.outcome, row.reason) for row in connection.execute(wanted.order_by(table.number))]


def end_open_attempts(
    connection: Connection, job_id: int, *, number: int | None = None, **values: object
) -> bool:
    """Whether an attempt at a job lasted, of that number or of any; it is ended with ``values``."""
    table = tables.JobAttempt
    lasting = update(table).where(table.job_id == job_id, table.ended_at.is_(None))
    if number is not None:
        lasting = lasting.where(table.number == number)
    return connection.execute(lasting.values(**values)).rowcount > 0


def begun(connection: Connection, job_id: int, worker: str, since: datetime) -> int | None:
    """The number of an attempt of that worker's that lasts and began after that moment, if any."""
    table = tables.JobAttempt
    wanted = select(table.number).where(
        table.job_id == job_id, table.worker == worker, table.ended_at.is_(None),
        table.started_at >= since,
    )  # fmt: skip
    return connection.scalar(wanted)


def has_ended(connection: Connection, job_id: int, number: int, **values: object) -> bool:
    """Whether an attempt at a job has ended, with these values in its row."""
    table = tables.JobAttempt
    columns = table.__table__.c
    wanted = select(table.id).where(
        table.job_id == job_id, table.number == number, table.ended_at.is_not(None),
        *(columns[name] == value for name, value in values.items()),
    )  # fmt: skip
    return connection.scalar(wanted) is not None


def attempts_of(connection: Connection, worker: str, before: datetime) -> Sequence[Any]:
    """The attempts of a worker that last and began before that moment.

    Each ``(uid of the job, number, started_at)``.
    """
    table = tables.JobAttempt
    wanted = (
        select(tables.Job.uid, table.number, table.started_at)
        .join(tables.Job, tables.Job.id == table.job_id)
        .where(table.worker == worker, table.ended_at.is_(None), table.started_at < before)
    )
    return connection.execute(wanted).all()


def run_id(connection: Connection, uid: str, said: str | None) -> int | None:
    """The run that an attempt said it led to, else the newest that was begun for the job.

    What was measured of a job that was cancelled, or whose measuring was killed, is there too.
    """
    wanted = select(tables.Run.id).order_by(tables.Run.id.desc()).limit(1)
    if said is not None:
        return connection.scalar(wanted.where(tables.Run.uid == said))
    return connection.scalar(wanted.where(is_run_of(connection, uid)))


def is_run_of(connection: Connection, uid: str) -> ColumnElement[bool]:
    """What is asked of the runs that were begun for a job.

    None began before the job was submitted, but for clocks of two machines that differ: so no more
    runs are looked at than there are since then.
    """
    since = connection.scalar(select(tables.Job.submitted_at).where(tables.Job.uid == uid))
    table = tables.Run
    key = table.idempotency_key.startswith(job_keys(uid), autoescape=True)
    return key if since is None else and_(table.started_at >= since - CLOCKS, key)


def lasting_attempt(connection: Connection, uid: str, number: int) -> int | None:
    """The id of a running job whose attempt of that number lasts; None where there is none."""
    table = tables.JobAttempt
    wanted = (
        select(tables.Job.id)
        .join(table, table.job_id == tables.Job.id)
        .where(tables.Job.uid == uid, tables.Job.status == "running")
        .where(table.number == number, table.ended_at.is_(None))
    )
    return connection.scalar(wanted)


def open_jobs(connection: Connection, routes: Sequence[str], limit: int) -> Sequence[Any]:
    """The oldest jobs that haven't ended and that we can read, of these routes or of all.

    Each ``(uid, route, priority, worker of the attempt that lasts or None)``.
    """
    job, attempt = tables.Job, tables.JobAttempt
    is_open = and_(attempt.job_id == job.id, attempt.ended_at.is_(None))
    wanted = (
        select(job.uid, job.route, job.priority, attempt.worker)
        .join(attempt, is_open, isouter=True)
        .where(job.status.in_(OPEN), job.protocol <= PROTOCOL)
    )
    if routes:
        wanted = wanted.where(job.route.in_(routes))
    return connection.execute(wanted.order_by(job.id).limit(limit)).all()
