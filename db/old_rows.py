"""Which rows are old enough to go, as conditions on tables."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from db.tables import Firing, Job, JobAttempt, Run, Worker
from db.tables.run import job_keys
from db.tables.service import OPEN_JOBS

MAY_BE_RESUMED = timedelta(days=7)
"""An open run stays for so long, and so does what the service knows of its past."""


def old_runs(now: datetime, age: timedelta) -> ColumnElement[bool]:
    """Runs that began before, that nobody gave a label, and whose job has ended, if any had one.

    A schedule gives each of its jobs a label, which keeps nothing: nobody chose it.
    """
    job = aliased(Job)  # old_jobs asks this of the runs of other jobs
    waits = select(job.id).where(job.status.in_(OPEN_JOBS))  # few, and found by an index
    has_led_here = waits.where(job.run_id == Run.id).exists()
    has_begun_it = waits.where(Run.idempotency_key.startswith(job_keys(job.uid))).exists()
    scheduled = select(job.id).where(job.run_id == Run.id, job.schedule.is_not(None)).exists()
    return and_(
        or_(Run.label.is_(None), scheduled),
        Run.started_at < now - age,
        or_(Run.status != "running", Run.started_at < now - MAY_BE_RESUMED),
        ~has_led_here,
        ~has_begun_it,
    )


def old_firings(now: datetime, age: timedelta) -> ColumnElement[bool]:
    """What became of moments before, but for each schedule's newest: the next begins there."""
    later = aliased(Firing)
    is_followed = (
        select(later.id)
        .where(later.schedule == Firing.schedule, later.due_at > Firing.due_at)
        .where(later.due_at <= now, later.decided_at <= now)  # not by a clock that was ahead
        .exists()
    )
    return and_(Firing.due_at < now - max(age, MAY_BE_RESUMED), is_followed)


def old_workers(now: datetime, age: timedelta) -> ColumnElement[bool]:
    """Workers that gave their last sign of life before, and have no attempt that lasts."""
    is_open = and_(JobAttempt.worker == Worker.identity, JobAttempt.ended_at.is_(None))
    at_work = select(JobAttempt.id).where(is_open).exists()
    return and_(Worker.beat_at < now - max(age, MAY_BE_RESUMED), ~at_work)


def old_jobs(now: datetime, age: timedelta) -> ColumnElement[bool]:
    """Jobs that ended before, that no person gave a label, and that nothing which stays names.

    Nothing: no run, no moment of a schedule, and no worker.
    """
    stays = select(Run.id).where(Run.id == Job.run_id, ~old_runs(now, age)).exists()
    firing = select(Firing.id).where(Firing.job_uid == Job.uid, ~old_firings(now, age)).exists()
    worker = select(Worker.id).where(Worker.job_uid == Job.uid, ~old_workers(now, age)).exists()
    return and_(
        Job.ended_at < now - max(age, MAY_BE_RESUMED),
        or_(Job.label.is_(None), Job.schedule.is_not(None)),
        ~stays, ~firing, ~worker,
    )  # fmt: skip
