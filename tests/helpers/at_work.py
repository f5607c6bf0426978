"""A worker at work in a thread, and what became of its jobs."""

from __future__ import annotations

import platform
import threading
from contextlib import contextmanager

import pytest
from asked_jobs import a_job
from sqlalchemy import update

from db import queries
from db.tables import Worker

on_a_file = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""Where the kind of database doesn't matter."""
ME = f"{platform.node()}/tested"


@contextmanager
def working(worker):
    """While in here, the worker works in a thread of its own."""
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(60)
        assert not thread.is_alive()


def job(store, uid):
    (row,) = queries.jobs(store, uid=uid).to_dict("records")
    return row


def status(store, uid):
    return job(store, uid)["status"]


def bury(store, identity):
    with store.transaction() as connection:
        stopped = {"stopped_at": a_job().submitted_at}
        connection.execute(update(Worker).where(Worker.identity == identity).values(**stopped))


def outcomes(store, uid):
    return list(queries.job_attempts(store, uid).outcome)
