"""A store of each kind, its ledger and the place of its queue."""

from __future__ import annotations

import pytest
from asked_jobs import SAYS_DONE, measuring_with
from at_work import ME
from databases import run_on
from sqlalchemy import make_url

from bench_service.service.assembly import worker_of
from bench_service.service.ledger import Ledger
from bench_service.service.places import queue_of


@pytest.fixture
def ledger(store):
    """Writes jobs and attempts into the store."""
    return Ledger(store)


@pytest.fixture
def place(request, store, monkeypatch):
    """Where the store's queue is; it isn't there yet."""
    monkeypatch.delenv("BENCH_SERVICE_QUEUE", raising=False)
    where = queue_of(store.location)
    yield where
    if where.path is None:
        server = request.getfixturevalue("postgresql")
        run_on(server, f"DROP DATABASE IF EXISTS {make_url(where.url).database} WITH (FORCE)")


@pytest.fixture
def worker(store, place, monkeypatch):
    """A worker that hasn't begun; what it measures says that it is done."""
    monkeypatch.setattr("bench_service.service.worker.ONCE_S", 0.1)
    made = worker_of(store, ME, ("cpu", "host:lab"))
    made.attempts.command = measuring_with(SAYS_DONE)
    made.attempts.rest_s = 0.0
    made.beat_s = 0.1
    made.pace._idle_s = 0.05
    return made
