"""The door to what the store holds of jobs: a few bounded questions, asked at each look."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.runs import Run, machines
from dashboard.service.jobs import WORDS
from dashboard.service.snapshot import Snapshot
from db import queries
from db.session import Store

OPEN = ("queued", "running")
QUEUED_MAX = 1_000
RUNNING_MAX = 200
ENDED_MAX = 200
WORKERS_MAX = 10_000
"""All that there ever were: a pod of a cluster is one of its own each time."""
SCHEDULES_MAX = 200
FIRED_SCHEDULES_MAX = 20
FIRINGS_EACH = 5
ATTEMPTS_MAX = 100
SECONDS_TO_KEEP_NAMES = 60.0


def snapshot(now: datetime | None = None) -> Snapshot:
    """All that the page shows, as it is now; a StoreError where there is no store."""
    store = data.store()
    queued = queries.jobs(store, limit=QUEUED_MAX + 1, statuses=["queued"])
    ended = queries.jobs(store, limit=ENDED_MAX, statuses=[*WORDS.keys() - set(OPEN)])
    schedules = queries.schedules(store, limit=SCHEDULES_MAX)
    return Snapshot(
        now=now or datetime.now(UTC),
        queued=queued.head(QUEUED_MAX),
        running=queries.jobs(store, limit=RUNNING_MAX, statuses=["running"]),
        ended=ended.sort_values("ended_at", ascending=False, kind="stable"),
        workers=queries.workers(store, limit=WORKERS_MAX),
        schedules=schedules,
        firings=_firings(store, list(schedules["name"])),
        is_cut=len(queued) > QUEUED_MAX,
    )


def _firings(store: Store, names: list[str]) -> pd.DataFrame:
    """The newest firings of each of the first schedules, the newest first."""
    each = [
        queries.firings(store, name, FIRINGS_EACH).assign(schedule=name)
        for name in names[:FIRED_SCHEDULES_MAX]
    ]
    kept = [frame for frame in each if not frame.empty]
    if not kept:
        return queries.firings(store, "", 1).assign(schedule="")
    return pd.concat(kept, ignore_index=True).sort_values("due_at", ascending=False)


def attempts(uid: str, ended_at: object) -> pd.DataFrame:
    """The tries at a job that has ended, which never change."""
    return _attempts(data.place(), uid, str(ended_at))


@st.cache_data(show_spinner=False, max_entries=100)
def _attempts(where: str, uid: str, ended_at: str) -> pd.DataFrame:
    del where, ended_at
    return queries.job_attempts(data.store(), uid, limit=ATTEMPTS_MAX)


def addresses(uids: tuple[str, ...]) -> dict[str, tuple[str, Run]]:
    """The hardware and the run of each of these runs, by the names that the pages give them."""
    return _addresses(data.place(), uids) if uids else {}


@st.cache_data(show_spinner=False, max_entries=16, ttl=SECONDS_TO_KEEP_NAMES)
def _addresses(where: str, uids: tuple[str, ...]) -> dict[str, tuple[str, Run]]:
    del where
    newest = queries.runs(data.store(), data.RUNS_MAX)
    wanted = set(newest.loc[newest["uid"].isin(uids), "hardware_fingerprint"])
    found: dict[str, tuple[str, Run]] = {}
    for name, fingerprint in machines(data.hardware()).items():
        if fingerprint in wanted:
            found |= {run.uid: (name, run) for run in data.runs(fingerprint) if run.uid in uids}
    return found
