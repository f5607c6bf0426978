"""A job's row, inserted in whichever transaction it belongs to."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from bench_service.service.job import PROTOCOL, Job
from db import tables
from db.errors import StoreError
from db.uid import new_uid
from db.upsert import insert_into

_ATTEMPTS = 50  # at an id that no job has yet


def add_job(connection: Connection, job: Job) -> Job:
    """The job with the id that it is known by once the transaction commits."""
    row = {
        "label": job.label, "suite": job.suite.name, "document": job.document,
        "route": job.route, "priority": job.priority, "protocol": PROTOCOL,
        "schedule": job.schedule, "due_at": job.due_at, "submitted_by": job.submitted_by,
        "submitted_at": job.submitted_at, "status": "queued", "reason": "",
    }  # fmt: skip
    unless_taken = insert_into(connection, tables.Job).on_conflict_do_nothing()
    added = unless_taken.returning(tables.Job.uid)
    for _ in range(_ATTEMPTS):
        uid = connection.scalar(added, {**row, "uid": new_uid(job.submitted_at)})
        if uid is not None:
            return replace(job, uid=str(uid))
    raise StoreError("No id is left for a job that is submitted in this second.")
