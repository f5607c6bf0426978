"""Asking for a suite to be measured by a worker."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from bench_service.beginning import require_sound
from bench_service.errors import JobError
from bench_service.seeds import new_seed
from bench_service.service.job import PRIORITY, Job, suite_of
from bench_service.service.ledger import Ledger, now
from bench_service.service.places import queue_of
from bench_service.service.routing import checked, route_of
from bench_service.suite import Suite
from db import queries
from db.session import Store

MANY = 10_000
"""Workers that may be alive at once."""


@dataclass(frozen=True)
class Submitted:
    """A job that the store has."""

    job: Job
    takers: Sequence[str]
    """Live workers that have what it needs."""
    live: Sequence[str]
    """All live workers, each with its routes, in words."""


def submit(
    store: Store,
    suite: Suite,
    *,
    route: str | None = None,
    label: str | None = None,
    seed: int | None = None,
    priority: int = PRIORITY,
) -> Submitted:
    """The job, which the first free worker that has what it needs will measure.

    It is in the store once this comes back, and workers find it there where there is no queue.
    InputError for a label or a seed that no run can have.
    """
    seed = new_seed() if seed is None else seed
    require_sound(label, seed)
    wanted = Job(
        uid="", suite=suite, seed=seed,
        folder=os.getcwd(),  # noqa: PTH109
        route=route_of(suite) if route is None else checked(route), submitted_by=submitter(),
        submitted_at=now(), label=label, priority=priority,
    )  # fmt: skip
    return _submitted(store, wanted)


def resubmit(store: Store, uid: str) -> Submitted:
    """A new job of the document of another, with its label, route and priority.

    No schedule's any more, whatever the other was: a person asked for it. JobError where there is
    no such job, or its document is of another version of this program.
    """
    found = queries.jobs(store, uid=uid, limit=1)
    document, label = Ledger(store).asked(uid)
    wanted = Job(
        uid="", suite=suite_of(uid, document), seed=int(document["seed"]),
        folder=str(document["folder"]), route=found["route"].item(),
        priority=int(found["priority"].item()), label=label, submitted_by=submitter(),
        submitted_at=now(),
    )  # fmt: skip
    return _submitted(store, wanted)


def _submitted(store: Store, wanted: Job) -> Submitted:
    # First: once the job is stored, nothing may fail.
    place, live = queue_of(store.location), live_workers(store)
    job = Ledger(store).add(wanted)
    with suppress(JobError):
        from bench_service.service.engine import JobQueue

        with JobQueue(place) as queue:
            queue.enqueue(job.uid, job.route, job.priority)
    return Submitted(job, takers(live, job.route), [_in_words(row) for _, row in live.iterrows()])


def cancel(store: Store, uid: str) -> bool:
    """True where the job hadn't ended: it won't be measured, or stops being within seconds."""
    is_new = Ledger(store).cancel(uid, f"cancelled by {submitter()}")
    with suppress(JobError):
        from bench_service.service.engine import JobQueue

        with JobQueue(queue_of(store.location)) as queue:
            queue.cancel(uid)
    return is_new


def live_workers(store: Store) -> pd.DataFrame:
    """The rows of ``queries.workers`` that are alive."""
    found = queries.workers(store, limit=MANY, may_be_alive=True)
    return found.loc[found["is_alive"]]


def takers(live: pd.DataFrame, route: str) -> list[str]:
    """The identities of live workers that have what a job needs."""
    return [row["identity"] for row in live.to_dict("records") if route in (row["routes"] or ())]


def submitter() -> str:
    """``USER@HOST``, of whoever runs this process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{platform.node()}"


def _in_words(row: pd.Series) -> str:
    return f"{row['identity']} ({', '.join(row['routes'])})"
