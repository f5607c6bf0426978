"""Jobs as the page shows them: in the queue, at the end, and in lists to choose from."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

import pandas as pd

from dashboard.markup import first_line
from dashboard.service.snapshot import Snapshot, name_of, records
from dashboard.service.times import clock_time, moment, since, span
from dashboard.tabular import Column

WORDS = {
    "queued": ("waiting", "gray", ":material/hourglass_empty:"),
    "running": ("running", "blue", ":material/hourglass_top:"),
    "done": ("done", "green", ":material/check:"),
    "partial": ("partial", "orange", ":material/rule:"),
    "failed": ("failed", "red", ":material/close:"),
    "cancelled": ("cancelled", "gray", ":material/block:"),
}
"""Word, colour and icon of each status; the word says it all."""
NOBODY = "no live worker"
COLUMNS = {
    column.source: column
    for column in (
        Column("place", "Place", "In the order in which they are taken; – where nobody can"),
        Column("job", "Job", "Its label, else its suite", width="medium"),
        Column("suite", "Suite"),
        Column("needs", "Needs", "What a machine must have"),
        Column("takers", "Who can take it", "Live workers that have it"),
        Column("waits", "Waits for"),
        Column("by", "By", "A person, or a schedule"),
        Column("priority", "Priority", "1 is the most urgent"),
        Column("tries", "Tries", "Of workers, so far"),
        Column("status", "Status"),
        Column("ended", "Ended"),
        Column("took", "Took", "From the last try's begin to the end"),
        Column("worker", "Worker", "Of the last try"),
        Column("reason", "Reason"),
        Column("uid", "Id"),
        Column("run", "Run", "Its id"),
    )
}
QUEUE = ("place", "job", "takers", "needs", "waits", "by", "priority", "tries", "uid")
ENDED = ("job", "status", "ended", "took", "tries", "worker", "by", "reason", "run", "uid")


def queue(found: Snapshot) -> pd.DataFrame:
    """The jobs that wait, next first, with the columns ``QUEUE``."""
    by_route = {route: found.takers(route) for route in found.queued["route"].unique()}
    places = count(1)
    rows = [
        {
            **_row(job),
            "place": str(next(places)) if by_route[job["route"]] else "–",
            "takers": ", ".join(by_route[job["route"]]) or NOBODY,
            "waits": since(job["submitted_at"], found.now),
        }
        for job in records(found.in_line)
    ]
    return pd.DataFrame(rows, columns=list(QUEUE))


def ended(found: pd.DataFrame) -> pd.DataFrame:
    """Jobs that ended, with the columns ``ENDED``."""
    rows = [
        {
            **_row(job),
            "status": WORDS[job["status"]][0],
            "ended": moment(job["ended_at"]),
            "took": took(job),
            "worker": job["worker"] or "",
            "reason": first_line(job["reason"]),
            "run": job["run"] or "",
        }
        for job in records(found)
    ]
    return pd.DataFrame(rows, columns=list(ENDED))


def took(job: dict[str, Any]) -> str:
    """How long the last try took; '' where nobody tried."""
    if job["started_at"] is None or job["ended_at"] is None:
        return ""
    return span((job["ended_at"] - job["started_at"]).total_seconds())


def asked_by(job: dict[str, Any]) -> str:
    """Who asked for a job."""
    return f"schedule {job['schedule']}" if job["schedule"] else str(job["submitted_by"])


def choice(job: dict[str, Any], now: datetime) -> str:
    """A job in a list to choose from; it doesn't change while the job doesn't."""
    since_when = clock_time(job["started_at"] or job["submitted_at"], now)
    when = f"at {clock_time(job['ended_at'], now)}" if job["ended_at"] else f"since {since_when}"
    return f"{job['uid']} · {WORDS[job['status']][0]} {when} · {name_of(job)}"


def _row(job: dict[str, Any]) -> dict[str, Any]:
    return {
        "job": name_of(job),
        "suite": job["suite"],
        "needs": job["route"],
        "by": asked_by(job),
        "priority": job["priority"],
        "tries": job["n_attempts"],
        "uid": job["uid"],
    }
