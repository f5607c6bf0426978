"""The one door to the store: opened for reading, asked within bounds, analysed once per run."""

from __future__ import annotations

import shlex
from typing import Any

import pandas as pd
import streamlit as st

from bench_service.analysis.timing import summarise
from dashboard import words
from dashboard.runs import Run, named
from db import queries
from db.errors import NotFoundError
from db.location import default_url, locate, user_url
from db.session import Store, open_store

RUNS_MAX = 200
SESSIONS_MAX = 10
BENCHMARKS_MAX = 500
SECONDS_TO_KEEP_OPEN_RUN = 5.0


def store() -> Store:
    """The store that the address in the environment names, opened once, or a StoreError.

    A file that was replaced by another is another store.
    """
    url = default_url()
    path = locate(url).path
    identity = path.stat().st_ino if path is not None and path.exists() else 0
    return _open(url, identity)


@st.cache_resource(show_spinner=False, max_entries=4)
def _open(url: str, identity: int) -> Store:
    del identity
    return open_store(url, read_only=True)


def hardware() -> pd.DataFrame:
    """The machines that measured, the one used last first."""
    return queries.hardware(store())


def place() -> str:
    """Where the store is, without a password."""
    return str(store().location)


def command(words: str) -> str:
    """A command as it has to be given to use this store: named where it isn't the user's own.

    A password isn't shown; whoever runs the command puts it in again.
    """
    try:
        here = locate(default_url())
    except NotFoundError:  # no address of a store: the page says so, and a new one can be named
        return words
    if here.url == locate(user_url()).url:
        return words
    return f"{words} --db {shlex.quote(str(here.path or here))}"


def runs(fingerprint: str) -> list[Run]:
    """The newest runs of a machine, newest first; test sessions only where they timed cases."""
    found = queries.runs(store(), RUNS_MAX, hardware=fingerprint)
    found = found.loc[(found["trigger"] != "ci") | (found["n_cases"] > 0)]
    return named(found)


def header(uid: str) -> dict[str, Any]:
    """What is known of a run beyond the list."""
    return queries.run_header(store(), uid)


def environment(uid: str) -> dict[str, dict[str, Any]]:
    """Facts of a run's hardware and software."""
    return queries.environment(store(), uid)


def timing(run: Run) -> pd.DataFrame:
    """A run's timing cases as the analysis judges them, with the label that names each.

    A run that has ended never changes, so it is analysed once; one whose end wasn't noted is
    looked at again after some seconds.
    """
    if run.may_change:
        return _open_timing(place(), run.uid)
    return _closed_timing(place(), run.uid, run.status, str(run.finished_at))


def _analysed(uid: str) -> pd.DataFrame:
    opened = store()
    outcomes = queries.timing_outcomes(opened, uid)
    blocks = queries.timing_blocks(opened, uid)
    processes = queries.timing_processes(opened, uid)
    frame = summarise(outcomes, blocks, processes)
    return frame.assign(label=words.labels(frame))


@st.cache_data(show_spinner="Analysing the run", max_entries=32)
def _closed_timing(where: str, uid: str, status: str, finished_at: str) -> pd.DataFrame:
    del where, status, finished_at
    return _analysed(uid)


@st.cache_data(show_spinner="Analysing the run", max_entries=8, ttl=SECONDS_TO_KEEP_OPEN_RUN)
def _open_timing(where: str, uid: str) -> pd.DataFrame:
    del where
    return _analysed(uid)


def ci(fingerprint: str) -> pd.DataFrame:
    """Benchmarks of a machine's newest test sessions, each with its session's commit and time."""
    sessions = queries.runs(store(), SESSIONS_MAX, trigger="ci", hardware=fingerprint)
    found = []
    for session in sessions.to_dict("records"):
        rows = queries.ci_benchmarks(store(), session["uid"], limit=BENCHMARKS_MAX)
        code = header(session["uid"])["code"]
        found.append(
            rows.assign(
                commit=str(code.get("commit") or ""),
                session=session["started_at"],
                machine=session["hardware_label"],
            )
        )
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
