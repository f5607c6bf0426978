"""Schedules, and what became of the moments at which they were due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import and_, func, select

from db.queries.frame import bounded, frame
from db.session import Store
from db.tables import Firing, Job, Schedule

SCHEDULES = {
    "name": "text",
    "cron": "text",
    "time_zone": "text",
    "suite": "text",
    "route": "text",
    "missed": "text",
    "created_at": "time",
    "created_by": "text",
    "enabled": "flag",
    "last_due_at": "time",
    "last_job_uid": "text",
    "last_status": "text",
}
FIRINGS = {
    "due_at": "time",
    "decided_at": "time",
    "job_uid": "text",
    "note": "text",
    "status": "text",
}


def schedules(store: Store, *, limit: int = 1_000) -> pd.DataFrame:
    """The schedules that stand, by name, one row each; not those that were removed.

    ``name, cron, time_zone, suite (its name), route, missed`` text, ``created_at`` UTC time,
    ``created_by`` text, ``enabled`` bool, ``last_due_at`` UTC time (NaT where it was never due),
    ``last_job_uid`` and ``last_status`` text: the job of that firing and what became of it, missing
    where none was submitted. TooManyRowsError beyond ``limit``.
    """
    last = (
        select(Firing.schedule, func.max(Firing.due_at).label("due_at"))
        .group_by(Firing.schedule)
        .subquery()
    )
    stored = {"suite": Schedule.document, "last_due_at": Firing.due_at}
    stored |= {"last_job_uid": Firing.job_uid, "last_status": Job.status}
    columns = [stored[name] if name in stored else getattr(Schedule, name) for name in SCHEDULES]
    is_last = and_(Firing.schedule == Schedule.name, Firing.due_at == last.c.due_at)
    statement = (
        select(*columns)
        .select_from(Schedule)
        .join(last, last.c.schedule == Schedule.name, isouter=True)
        .join(Firing, is_last, isouter=True)
        .join(Job, Job.uid == Firing.job_uid, isouter=True)
        .where(Schedule.removed_at.is_(None))
        .order_by(Schedule.name)
    )
    at = list(SCHEDULES).index("suite")
    with store.transaction(reads_only=True) as connection:
        rows = bounded(connection, statement, limit)
    return frame(((*row[:at], _suite_name(row[at]), *row[at + 1 :]) for row in rows), SCHEDULES)


def _suite_name(document: Mapping[str, Any]) -> str | None:
    name = document.get("suite", {}).get("name")
    return None if name is None else str(name)


def firings(store: Store, schedule: str, limit: int = 200) -> pd.DataFrame:
    """The newest moments at which a schedule was due, newest first, one row each.

    ``due_at, decided_at`` UTC times, ``job_uid`` text (missing where none was submitted), ``note``
    text (why not; empty where there is nothing to say), ``status`` text: the job's as it is now.
    """
    columns = [Job.status if name == "status" else getattr(Firing, name) for name in FIRINGS]
    statement = (
        select(*columns)
        .select_from(Firing)
        .join(Job, Job.uid == Firing.job_uid, isouter=True)
        .where(Firing.schedule == schedule)
        .order_by(Firing.due_at.desc())
        .limit(limit)
    )
    with store.transaction(reads_only=True) as connection:
        rows = connection.execute(statement).all()
    return frame(rows, FIRINGS)
