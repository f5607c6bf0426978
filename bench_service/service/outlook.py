"""How each schedule stands: when it is due next, what became of the last time, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pandas as pd

from bench_service.service.cron import Cron
from bench_service.service.firing import UNREADABLE
from bench_service.service.notices import WRONG
from bench_service.service.submission import live_workers, takers
from db import queries
from db.session import Store

N_NEXT = 3
OVERDUE = timedelta(minutes=10)
"""Somebody should have looked by then."""


@dataclass(frozen=True)
class Outlook:
    """A schedule as it stands."""

    name: str
    cron: str
    time_zone: str
    suite: str
    route: str
    missed: str
    next_due_at: tuple[datetime, ...]
    last_due_at: datetime | None
    last_job: str | None
    last_status: str | None
    note: str
    """Why the last due moment led to no job; '' where it did."""
    problem: str
    """A sentence where somebody should look; '' where all is well."""


def outlook(store: Store, now: datetime) -> list[Outlook]:
    """All schedules that stand, by name."""
    live = live_workers(store)
    rows = queries.schedules(store).to_dict("records")
    return [_outlook(store, row, live, now) for row in rows]


def _outlook(store: Store, row: dict[Any, Any], live: pd.DataFrame, now: datetime) -> Outlook:
    cron = Cron(row["cron"], row["time_zone"])
    note = reason = ""
    last = _known(row["last_due_at"])
    if last is not None:
        newest = queries.firings(store, row["name"], limit=1).to_dict("records")
        note = newest[0]["note"] if newest else ""
    if row["last_status"] in WRONG:
        reason = _reason(store, row["last_job_uid"])
    try:
        coming = tuple(islice(cron.after(now), N_NEXT))
        problem = _overdue(cron, row, now) or _of_last(row, note, reason, live)
    except UNREADABLE as error:
        coming, problem = (), f"Schedule {row['name']} can't be read on this machine: {error}."
    return Outlook(
        row["name"], cron.text, cron.time_zone, row["suite"], row["route"], row["missed"], coming,
        None if last is None else last.to_pydatetime(), _known(row["last_job_uid"]),
        _known(row["last_status"]), note, problem,
    )  # fmt: skip


def _overdue(cron: Cron, row: dict[Any, Any], now: datetime) -> str:
    known = [row["created_at"]] + ([] if pd.isna(row["last_due_at"]) else [row["last_due_at"]])
    due = next(cron.after(max(known).to_pydatetime()))
    if now - due <= OVERDUE:
        return ""
    return (
        f"Schedule {row['name']} was due at {_spelt(due)}, and no worker has looked since: start "
        "one with `bench-service worker`."
    )


def _of_last(row: dict[Any, Any], note: str, reason: str, live: pd.DataFrame) -> str:
    if pd.isna(row["last_due_at"]):
        return ""
    name, job = row["name"], row["last_job_uid"]
    due = f"Schedule {name} was due at {_spelt(row['last_due_at'])}"
    if pd.isna(job):
        return f"{due} and led to no job: {note.partition(chr(10))[0]}."
    if row["last_status"] in WRONG:
        why = f": {reason.partition(chr(10))[0]}" if reason else ""
        return f"{due}, and its job {job} ended {row['last_status']}{why}."
    if row["last_status"] == "queued" and not takers(live, row["route"]):
        return f"{due}, and its job {job} waits: no live worker has {row['route']}."
    return ""


def _reason(store: Store, uid: str) -> str:
    found = queries.jobs(store, uid=uid, limit=1)
    return "" if found.empty else str(found["reason"].item())


def _known(value: Any) -> Any:  # noqa: ANN401  # a cell
    return None if pd.isna(value) else value


def _spelt(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
