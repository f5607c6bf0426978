"""How a test session gets into the store, once."""

from __future__ import annotations

import os
from dataclasses import dataclass

from bench_service.environment import read_environment
from bench_service.pytest_plugin.gather import Session
from bench_service.pytest_plugin.header import header_of
from bench_service.pytest_plugin.rows import row
from bench_service.record import Recorder
from bench_service.record.runs import find_run
from bench_service.result import RunStatus
from db.errors import StoreError
from db.session import Store, open_store


@dataclass(frozen=True)
class Stored:
    """Where a session is stored."""

    uid: str
    is_new: bool
    """False where an earlier session of the same job had stored the same benchmarks."""
    warning: str


def store_session(url: str, session: Session) -> Stored:
    """The stored session; StoreError where it can't be stored, which leaves a failed run or none.

    Where a session with the same key is there, that one stands. One that failed, or was killed
    before its end, is completed.
    """
    rows = [row(benchmark) for benchmark in session.benchmarks.values()]
    header = header_of(session, read_environment(import_torch=False), os.environ)
    with open_store(url) as store:
        recorder = Recorder(store)
        uid = recorder.begin_run(header)
        status = _status(store, uid)
        if status in (RunStatus.DONE, RunStatus.PARTIAL):
            return Stored(uid, False, store.warning)
        if not recorder.owns(uid):
            recorder.reopen_run(uid)
        try:
            recorder.ci_benchmarks(uid, rows)
        except StoreError:
            recorder.close_run(uid, RunStatus.FAILED)
            raise
        recorder.close_run(uid, session.status)
        return Stored(uid, True, store.warning)


def _status(store: Store, uid: str) -> str:
    with store.transaction(reads_only=True) as connection:
        return find_run(connection, uid)[1]
