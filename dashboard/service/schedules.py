"""Schedules as the page shows them: when they are due next, and what became of the last moments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.service.jobs import WORDS
from dashboard.service.snapshot import Snapshot, records
from dashboard.service.times import in_zone, moment, next_moments
from dashboard.tabular import Column

NO_JOB = "no job"
MISSED = {
    "skip": "are skipped",
    "once": "are made up for once",
    "all": "are all made up for",
}
COLUMNS = {
    column.source: column
    for column in (
        Column("name", "Schedule"),
        Column("coming", "Next", "In its own time zone"),
        Column("suite", "Suite"),
        Column("needs", "Needs", "What a machine must have"),
        Column("cron", "Cron text"),
        Column("time_zone", "Time zone"),
        Column("missed", "Missed moments", "Of a time when no worker was there", width="medium"),
        Column("last_due", "Last due", width="medium"),
        Column("became", "Became", "What became of the last moment"),
        Column("due", "Due"),
        Column("decided", "Decided"),
        Column("note", "Note", width="large"),
        Column("uid", "Job"),
    )
}
SCHEDULES = (
    "name", "became", "last_due", "coming", "suite", "needs", "cron", "time_zone", "missed",
)  # fmt: skip
FIRINGS = ("name", "due", "became", "note", "decided", "uid")


def table(found: Snapshot) -> pd.DataFrame:
    """One row per schedule, with the columns ``SCHEDULES``."""
    rows = [
        {
            "name": row["name"],
            "coming": coming(row, found.now),
            "suite": row["suite"] or "",
            "needs": row["route"],
            "cron": row["cron"],
            "time_zone": row["time_zone"],
            "missed": MISSED.get(row["missed"], row["missed"]),
            "last_due": moment(row["last_due_at"]) if row["last_due_at"] else "never yet",
            "became": became(row["last_status"]) if row["last_due_at"] else "",
        }
        for row in records(found.schedules)
    ]
    return pd.DataFrame(rows, columns=list(SCHEDULES))


def firings(found: Snapshot) -> pd.DataFrame:
    """One row per moment at which a schedule was due, the newest first: ``FIRINGS``."""
    rows = [
        {
            "name": row["schedule"],
            "due": moment(row["due_at"]),
            "became": became(row["status"]),
            "note": row["note"] or "",
            "decided": moment(row["decided_at"]),
            "uid": row["job_uid"] or "",
        }
        for row in records(found.firings)
    ]
    return pd.DataFrame(rows, columns=list(FIRINGS))


def coming(schedule: dict[str, Any], now: datetime) -> str:
    """The next moments of a schedule, or why there are none."""
    if not schedule["enabled"]:
        return "off"
    try:
        moments = next_moments(schedule["cron"], schedule["time_zone"], now)
    except ValueError as error:
        return str(error)
    return ", ".join(in_zone(each) for each in moments)


def became(status: str | None) -> str:
    """What became of a moment, in a word."""
    return NO_JOB if status is None else WORDS[status][0]


def soonest(found: Snapshot) -> tuple[str, datetime] | None:
    """The schedule that is due next, and when; None where none is."""
    coming_up = []
    for row in records(found.schedules):
        try:
            if row["enabled"]:
                first = next_moments(row["cron"], row["time_zone"], found.now, n=1)[0]
                coming_up.append((row["name"], first))
        except ValueError:
            continue
    return min(coming_up, key=lambda each: each[1], default=None)
