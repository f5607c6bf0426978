"""What waits in vain: jobs that no live worker can take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.markup import plain
from dashboard.service.snapshot import Snapshot, names_of, records
from dashboard.words import listing, plural

NAMED = 3


def in_vain(found: Snapshot) -> list[str]:
    """A sentence for each thing that a machine must have and no live worker has."""
    waiting_in_vain: dict[str, list[dict[str, Any]]] = {}
    orphans = [job for job in records(found.running) if found.is_lost(job["worker"])]
    for job in [*records(found.in_line), *orphans]:
        if not found.takers(job["route"]):
            waiting_in_vain.setdefault(job["route"], []).append(job)
    return [_in_vain(route, jobs) for route, jobs in waiting_in_vain.items()]


def live_routes(found: Snapshot) -> str:
    """What live workers have, in words."""
    have = sorted({route for row in records(found.live) for route in row["routes"] or ()})
    return listing([plain(route) for route in have]) or "nothing: none is alive"


def _in_vain(route: str, jobs: Sequence[dict[str, Any]]) -> str:
    names = listing([f"**{plain(name, 60)}**" for name in names_of(jobs)])
    verb = "needs" if len(jobs) == 1 else "need"
    return (
        f"{plural(len(jobs), 'job')} that {verb} **{plain(route)}**, which no live worker has,"
        f" can't begin: {names}{' and others' if len(jobs) > NAMED else ''}."
    )
