"""The answers that come first: what waits, what runs, what failed, and who is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.markup import first_line, plain
from dashboard.service.jobs import asked_by
from dashboard.service.schedules import soonest
from dashboard.service.snapshot import Snapshot, name_of, records
from dashboard.service.times import clock_time, in_zone, since, span
from dashboard.words import percent, plural
from db.queries.service import AT_WORK, LOST

NAMED = 3
"""Jobs that a card names; the sections below name them all."""


@dataclass(frozen=True)
class Card:
    """An answer: what it is about, a few words, and sentences of Markdown."""

    about: str
    head: str
    sentences: Sequence[str]


def cards(found: Snapshot) -> list[Card]:
    """The four answers, the most urgent first."""
    return [running(found), waiting(found), failed(found), workers(found)]


def running(found: Snapshot) -> Card:
    """What is measured now, how far it is and since when."""
    if found.running.empty:
        return Card("Running now", "Nothing", [_next_firing(found)])
    jobs = records(found.running)
    told = [
        f"**{plain(name_of(job))}**: {progress(job)}, since {clock_time(job['started_at'], now)}"
        f" ({since(job['started_at'], now)})"
        for now in (found.now,)
        for job in jobs[:NAMED]
    ]
    return Card("Running now", plural(len(jobs), "job"), [*told, *_more(len(jobs))])


def progress(job: dict[str, Any]) -> str:
    """How far a running job is."""
    return "no progress told yet" if job["share"] is None else percent(job["share"])


def waiting(found: Snapshot) -> Card:
    """How many jobs wait, and which is next."""
    jobs = records(found.in_line)
    if not jobs:
        return Card("Waiting", "Nothing", ["The queue is empty."])
    able = [job for job in jobs if found.takers(job["route"])]
    if not able:
        return Card("Waiting", _how_many(found), ["No live worker has what any of them needs."])
    first = able[0]
    next_one = (
        f"First in line: **{plain(name_of(first))}**, which needs {plain(first['route'])};"
        f" asked for {since(first['submitted_at'], found.now)} ago by {plain(asked_by(first))}."
    )
    return Card("Waiting", _how_many(found), [next_one])


def _how_many(found: Snapshot) -> str:
    n_jobs = len(found.in_line)
    return f"More than {n_jobs:,} jobs" if found.is_cut else plural(n_jobs, "job")


def failed(found: Snapshot) -> Card:
    """Whose jobs failed or ended partial within a day."""
    about = "Failed or partial in 24 hours"
    jobs = records(found.failed_lately)
    if not jobs:
        return Card(about, "None", ["No job failed or ended partial within a day."])
    told = [
        f"**{plain(name_of(job))}** {job['status']} {since(job['ended_at'], found.now)} ago:"
        f" {plain(first_line(job['reason']), 90) or 'no reason was given'}"
        for job in jobs[:NAMED]
    ]
    return Card(about, plural(len(jobs), "job"), [*told, *_more(len(jobs))])


def workers(found: Snapshot) -> Card:
    """How many workers there are, and who was lost within a day."""
    live, states = records(found.live), list(found.workers["state"])
    n_busy = states.count(AT_WORK)
    told = [f"{n_busy} at work, {len(live) - n_busy} waiting for a job."] if live else []
    lost = [
        f"**{plain(each['identity'])}** was lost: its last sign of life was"
        f" {since(each['beat_at'], found.now)} ago."
        for each in records(found.workers)
        if each["state"] == LOST and (found.now - each["beat_at"]).days < 1
    ]
    if not states:
        told = ["None has ever been here."]
    elif not live and not lost:
        told = ["All that were here have stopped."]
    return Card("Workers", f"{len(live)} alive", [*told, *lost[:NAMED], *_more(len(lost))])


def _next_firing(found: Snapshot) -> str:
    coming = soonest(found)
    if coming is None:
        return "No job is being measured."
    name, when = coming
    wait = span((when - found.now).total_seconds())
    return f"Next by schedule: **{plain(name)}** at {in_zone(when)}, in {wait}."


def _more(n: int) -> list[str]:
    return [f"and {n - NAMED} more"] if n > NAMED else []
