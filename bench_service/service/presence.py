"""Signs of life: a row for each worker, and who has been silent for too long."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psutil
from sqlalchemy import select, update

from bench_service.service.job import PROTOCOL
from bench_service.service.ledger import now
from db import tables
from db.liveness import may_be_alive, this_machine
from db.session import Store
from db.upsert import put

SILENT_S = 45.0
"""A worker whose row hasn't changed for so long is taken for dead."""


@dataclass(frozen=True)
class Self:
    """What a worker says of itself once."""

    identity: str
    host: str
    routes: Sequence[str]
    version: str
    pid: int = field(default_factory=os.getpid)


class Presence:
    """Writes this worker's row, and watches those of others."""

    def __init__(self, store: Store, own: Self, clock: Callable[[], datetime] = now) -> None:
        self._store = store
        self._own = own
        self._clock = clock
        self._process = psutil.Process(own.pid)
        # Read as a pair, once: later a clock that was set would have moved one of them alone.
        self._born = {
            "boot_time": psutil.boot_time(), "process_started": self._process.create_time(),
        }  # fmt: skip
        self._n_beats = 0
        self._started_at = clock()
        self._seen: dict[str, tuple[object, float]] = {}

    def beat(
        self, job_uid: str | None, progress: Mapping[str, Any] | None, *, is_last: bool = False
    ) -> None:
        """Say that this worker is there, and what it is at."""
        own, moment = self._own, self._clock()
        self._n_beats += 1
        cpu = self._process.cpu_times()
        row = {
            "identity": own.identity, "host": own.host, "pid": own.pid, **self._born,
            "routes": list(own.routes), "version": own.version, "protocol": PROTOCOL,
            "started_at": self._started_at, "beat_at": moment, "n_beats": self._n_beats,
            "job_uid": job_uid, "progress": progress, "cpu_s": cpu.user + cpu.system,
            "rss_bytes": self._process.memory_info().rss, "stopped_at": moment if is_last else None,
        }  # fmt: skip
        with self._store.transaction() as connection:
            put(connection, tables.Worker, ("identity",), [row])

    def working(self) -> set[str]:
        """The workers, this one among them, that haven't ended as far as anybody has noted."""
        table = tables.Worker
        wanted = select(table.identity).where(table.stopped_at.is_(None))
        with self._store.transaction(reads_only=True) as connection:
            return set(connection.scalars(wanted))

    def dead(self, monotonic_s: float) -> list[str]:
        """Workers that have ended without saying so, as far as can be told from here.

        On this machine the system is asked for the process. Elsewhere a worker is dead once its
        row hasn't changed for ``SILENT_S`` by *this* process's monotonic clock: nobody's wall
        clock matters.
        """
        table = tables.Worker
        wanted = select(*table.__table__.c).where(
            table.stopped_at.is_(None), table.identity != self._own.identity
        )
        with self._store.transaction(reads_only=True) as connection:
            rows = connection.execute(wanted).mappings().all()
        return [row["identity"] for row in rows if self._is_dead(dict(row), monotonic_s)]

    def bury(self, identity: str) -> None:
        """Note that a worker has ended."""
        table = tables.Worker
        with self._store.transaction() as connection:
            connection.execute(
                update(table)
                .where(table.identity == identity, table.stopped_at.is_(None))
                .values(stopped_at=self._clock(), job_uid=None, progress=None)
            )

    def _is_dead(self, row: Mapping[str, Any], monotonic_s: float) -> bool:
        if row["host"] == self._own.host:
            return not may_be_alive(row, row["beat_at"], here=this_machine(), now=self._clock())
        sign = (row["pid"], row["started_at"], row["n_beats"])
        before = self._seen.get(row["identity"])
        if before is None or before[0] != sign:
            self._seen[row["identity"]] = (sign, monotonic_s)
            return False
        return monotonic_s - before[1] > SILENT_S
