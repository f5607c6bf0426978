"""Rows of the service, as small as they can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from db.tables import Firing, Job, JobAttempt, Schedule, Worker

FIRST = datetime(2026, 5, 1, tzinfo=UTC)
OPEN = ("queued", "running")


def at(hours):
    """A moment so many hours after the first."""
    return FIRST + timedelta(hours=hours)


def _insert(store, table, row):
    with store.transaction() as connection:
        connection.execute(insert(table), row)


def give_job(store, uid, **changes):
    """Store a job; one that was submitted first of all and waits, unless told otherwise."""
    status = changes.get("status", "queued")
    row = {
        "uid": uid, "suite": "quick", "document": {"suite": {"name": "quick"}}, "route": "cpu",
        "priority": 0, "protocol": 1, "submitted_by": "ann@lab", "submitted_at": FIRST,
        "status": status, "ended_at": None if status in OPEN else at(24),
    }  # fmt: skip
    _insert(store, Job, row | changes)


def give_attempt(store, uid, number, **changes):
    """Store an attempt at a job; one that lasts, unless told otherwise."""
    job_id = select(Job.id).where(Job.uid == uid)
    with store.transaction() as connection:
        row = {"job_id": connection.scalar(job_id), "number": number, "worker": "lab/a"}
        connection.execute(insert(JobAttempt), row | {"started_at": FIRST} | changes)


def give_worker(store, identity="lab/a", **changes):
    """Store a worker that waits for a job."""
    row = {
        "identity": identity, "host": "lab", "pid": 77, "boot_time": 1.5, "process_started": 2.5,
        "routes": ["cpu", "host:lab"], "version": "0.4.0", "protocol": 1, "started_at": FIRST,
        "beat_at": FIRST, "n_beats": 1, "cpu_s": 0.25,
    }  # fmt: skip
    _insert(store, Worker, row | changes)


def give_schedule(store, name="nightly", **changes):
    """Store a schedule that is due at five o'clock in Berlin."""
    row = {
        "name": name, "cron": "0 5 * * *", "time_zone": "Europe/Berlin", "route": "cpu",
        "document": {"suite": {"name": "quick"}}, "missed": "once", "created_at": FIRST,
        "created_by": "ann@lab", "enabled": True,
    }  # fmt: skip
    _insert(store, Schedule, row | changes)


def give_firing(store, schedule="nightly", due_at=FIRST, **changes):
    """Store what became of a moment at which a schedule was due: nothing was submitted."""
    row = {"schedule": schedule, "due_at": due_at, "decided_at": due_at}
    _insert(store, Firing, row | changes)
