"""Jobs, workers' attempts at them, and the workers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Select, and_, func, select

from db import liveness
from db.liveness import BEAT_SILENCE, PROCESS, PROCESS_SPACE, Machine, this_machine
from db.queries.find import NEWEST_JOB_FIRST
from db.queries.frame import bounded, frame
from db.session import Store
from db.tables import Job, JobAttempt, Run, Worker

JOBS = {
    "uid": "text",
    "label": "text",
    "suite": "text",
    "route": "text",
    "priority": "integer",
    "schedule": "text",
    "due_at": "time",
    "submitted_by": "text",
    "submitted_at": "time",
    "status": "text",
    "reason": "text",
    "ended_at": "time",
    "run": "text",
    "n_attempts": "integer",
    "worker": "text",
    "started_at": "time",
    "share": "number",
    "now": "text",
}
ATTEMPTS = {
    "number": "integer",
    "worker": "text",
    "started_at": "time",
    "ended_at": "time",
    "outcome": "text",
    "reason": "text",
    "log": "text",
    "worker_cpu_s": "number",
}
WORKERS = {
    "identity": "text",
    "host": "text",
    "pid": "integer",
    "routes": "object",
    "version": "text",
    "protocol": "integer",
    "started_at": "time",
    "beat_at": "time",
    "job_uid": "text",
    "progress": "object",
    "cpu_s": "number",
    "rss_bytes": "integer?",
    "stopped_at": "time",
    "is_alive": "flag",
    "state": "text",
}
AT_WORK, IDLE, STOPPED, LOST = "at work", "waiting", "stopped", "lost"
"""States of a worker. Lost: it ended without a word."""
_PROGRESS = ("share", "now")


def jobs(
    store: Store,
    *,
    limit: int = 200,
    statuses: Collection[str] | None = None,
    schedule: str | None = None,
    uid: str | None = None,
) -> pd.DataFrame:
    """The newest jobs, newest first, one row each; optionally of some statuses or one schedule.

    ``uid, label (missing where none), suite, route`` text, ``priority`` int64, ``schedule`` text
    and ``due_at`` UTC time (both missing where a person submitted it), ``submitted_by`` text,
    ``submitted_at`` UTC time, ``status, reason`` (empty where none) text, ``ended_at`` UTC time
    (NaT while it is queued or running), ``run`` text (the run's uid; missing before there is one
    and after it was pruned), ``n_attempts`` int64, ``worker`` text and ``started_at`` UTC time of
    the last attempt, ``share`` (0 to 1) float64 and ``now`` text: what the worker that is at it
    said of its progress, missing where none is.
    """
    chosen = select(Job.id)
    if statuses is not None:
        chosen = chosen.where(Job.status.in_(list(statuses)))
    if schedule is not None:
        chosen = chosen.where(Job.schedule == schedule)
    if uid is not None:
        chosen = chosen.where(Job.uid == uid)
    newest = chosen.order_by(*NEWEST_JOB_FIRST).limit(limit)
    with store.transaction(reads_only=True) as connection:
        rows = connection.execute(_described(newest).order_by(*NEWEST_JOB_FIRST)).all()
    return frame((_with_progress(row) for row in rows), JOBS)


def _described(ids: Select[int]) -> Select[*tuple[Any, ...]]:
    """The columns ``JOBS`` of these jobs, with the whole progress in place of its fields."""
    attempts = (
        select(
            JobAttempt.job_id,
            func.count().label("n_attempts"),
            func.max(JobAttempt.number).label("last"),
        )
        .where(JobAttempt.job_id.in_(ids))
        .group_by(JobAttempt.job_id)
        .subquery()
    )
    elsewhere = {"run": Run.uid, "n_attempts": func.coalesce(attempts.c.n_attempts, 0)}
    elsewhere |= {"worker": JobAttempt.worker, "started_at": JobAttempt.started_at}
    columns = [
        elsewhere[name] if name in elsewhere else getattr(Job, name)
        for name in JOBS
        if name not in _PROGRESS
    ]
    is_last = and_(JobAttempt.job_id == Job.id, JobAttempt.number == attempts.c.last)
    # A worker that was killed names the job that it had for ever: it must be the open attempt's.
    is_at_it = and_(
        Worker.identity == JobAttempt.worker,
        Worker.job_uid == Job.uid,
        JobAttempt.ended_at.is_(None),
        Job.status == "running",
    )
    return (
        select(*columns, Worker.progress)
        .join(Run, Run.id == Job.run_id, isouter=True)
        .join(attempts, attempts.c.job_id == Job.id, isouter=True)
        .join(JobAttempt, is_last, isouter=True)
        .join(Worker, is_at_it, isouter=True)
        .where(Job.id.in_(ids))
    )


def _with_progress(row: Sequence[Any]) -> tuple[Any, ...]:
    *values, progress = row
    said: Mapping[str, Any] = progress or {}
    return (*values, *(said.get(name) for name in _PROGRESS))


def job_attempts(store: Store, uid: str, *, limit: int = 1_000) -> pd.DataFrame:
    """The attempts at a job, in their order, one row each; none for an id that isn't there.

    ``number`` int64 (1, 2, ...), ``worker`` text, ``started_at, ended_at`` UTC times, ``outcome``
    text (the latter two missing while it lasts), ``reason, log`` text (empty where none),
    ``worker_cpu_s`` float64 (the worker's own; NaN where it isn't known). TooManyRowsError beyond
    ``limit``.
    """
    columns = [getattr(JobAttempt, name) for name in ATTEMPTS]
    statement = select(*columns).join(Job, Job.id == JobAttempt.job_id).where(Job.uid == uid)
    with store.transaction(reads_only=True) as connection:
        rows = bounded(connection, statement.order_by(JobAttempt.number), limit)
    return frame(rows, ATTEMPTS)


def workers(store: Store, *, limit: int = 1_000, may_be_alive: bool = False) -> pd.DataFrame:
    """The workers that gave a sign of life last, by identity, one row each.

    With ``may_be_alive`` those alone that haven't stopped as far as anybody has noted.

    ``identity, host`` text, ``pid`` int64, ``routes`` lists, ``version`` text, ``protocol``
    int64, ``started_at, beat_at`` UTC times, ``job_uid`` text (missing where it waits),
    ``progress`` dicts or None, ``cpu_s`` float64 (seconds), ``rss_bytes`` Int64, ``stopped_at`` UTC
    time (NaT where it works, and where it was killed), ``is_alive`` bool: not stopped, and its
    process runs, or, where that is on another host, it beat less than a minute ago; ``state``
    text: ``at work``, ``waiting``, ``stopped`` or ``lost``.
    """
    columns = [getattr(Worker, name) for name in WORKERS if name not in ("is_alive", "state")]
    more = [getattr(Worker, name) for name in (*PROCESS, PROCESS_SPACE) if name not in WORKERS]
    newest = select(Worker.id).order_by(Worker.beat_at.desc(), Worker.id.desc()).limit(limit)
    if may_be_alive:
        newest = newest.where(Worker.stopped_at.is_(None))
    statement = select(*columns, *more).where(Worker.id.in_(newest)).order_by(Worker.identity)
    with store.transaction(reads_only=True) as connection:
        rows = connection.execute(statement).all()
    here, now = this_machine(), datetime.now(UTC)
    told = []
    for row in rows:
        worker = dict(row._mapping)
        is_alive = _is_alive(worker, here=here, now=now)
        told.append((*row[: len(columns)], is_alive, _state(worker, is_alive=is_alive)))
    return frame(told, WORKERS)


def _state(worker: Mapping[str, Any], *, is_alive: bool) -> str:
    if is_alive:
        return IDLE if worker["job_uid"] is None else AT_WORK
    # Whoever stops says so with the last beat; of the lost another worker says so, and later.
    is_own_word = worker["stopped_at"] is not None and worker["stopped_at"] <= worker["beat_at"]
    return STOPPED if is_own_word else LOST


def _is_alive(worker: Mapping[str, Any], *, here: Machine, now: datetime) -> bool:
    if worker["stopped_at"] is not None:
        return False
    return liveness.may_be_alive(
        worker, worker["beat_at"], here=here, now=now, silence=BEAT_SILENCE
    )
