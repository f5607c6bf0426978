"""Stores as workers and people leave them, written by the service's own parts at fixed moments."""

from __future__ import annotations

import platform
from datetime import UTC, datetime, timedelta

from bench_service.service.attempt import Ended
from bench_service.service.job import PRIORITY, Job
from bench_service.service.ledger import Ledger
from bench_service.service.presence import Presence, Self
from bench_service.suite import Suite
from db.session import open_store

HERE = platform.node()
ELSEWHERE = "far"


class JobStore:
    """A store, and a clock that stands still until it is moved."""

    def __init__(self, url, now=None):
        self.url = str(url)
        self.now = now or datetime.now(UTC).replace(microsecond=0)
        self._store = None

    @property
    def store(self):
        """The store, opened when it is first needed."""
        if self._store is None:
            self._store = open_store(self.url)
        return self._store

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._store is not None:
            self._store.close()

    def ago(self, **span):
        """A moment so long before now."""
        return self.now - timedelta(**span)

    def submit(self, label=None, *, suite="smoke", route="cpu", at=None, **more):
        """The id of a job that waits."""
        moment = at or self.now
        job = Job(
            uid="", suite=Suite(name=suite), seed=7, folder="/tmp", route=route,
            submitted_by=more.pop("by", "ann@lab"), submitted_at=moment, label=label,
            priority=more.pop("priority", PRIORITY), **more,
        )  # fmt: skip
        return Ledger(self.store, lambda: moment).add(job).uid

    def begin(self, uid, worker=f"{HERE}/main", *, at=None):
        """A worker's attempt at a job."""
        return Ledger(self.store, lambda: at or self.now).begin_attempt(uid, worker)

    def end(self, attempt, outcome="done", *, at=None, **more):
        """The job's status once the attempt has ended so."""
        ledger = Ledger(self.store, lambda: at or self.now)
        return ledger.end_attempt(attempt, Ended(outcome, **more))

    def ended(self, label=None, outcome="done", *, minutes_ago=10, **more):
        """The id of a job that waited for a minute and was measured for two."""
        begun = {key: more.pop(key) for key in ("suite", "route", "by", "schedule") if key in more}
        at = self.ago(minutes=minutes_ago)
        uid = self.submit(label, at=at - timedelta(minutes=3), **begun)
        attempt = self.begin(uid, at=at - timedelta(minutes=2))
        self.end(attempt, outcome, at=at, **more)
        return uid

    def worker(self, name="main", *, host=HERE, routes=("cpu",), job=None, progress=None,
               at=None, since=None, stops=False):  # fmt: skip
        """The identity of a worker that gave a sign of life at that moment.

        On this host it is this process, which is alive. On another host it is alive where the sign
        is less than a minute old.
        """
        moment, identity = at or self.now, f"{host}/{name}"
        clock = iter([since or moment - timedelta(minutes=5)])
        own = Self(identity, host, routes, "0.4.0")
        presence = Presence(self.store, own, lambda: next(clock, moment))
        presence.claim(lambda _: True)
        presence.beat(job, progress, is_last=stops)
        return identity

    def lost(self, name="gone", *, routes=("cpu",), job=None, **span):
        """The identity of a worker of another host that has been silent for so long."""
        silent = span or {"minutes": 5}
        moment = self.ago(**silent)
        since = moment - timedelta(hours=1)
        return self.worker(name, host=ELSEWHERE, routes=routes, job=job, at=moment, since=since)
