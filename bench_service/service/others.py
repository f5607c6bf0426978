"""Other workers: who works, who has ended without saying so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bench_service.service.ledger import now
from bench_service.service.silence import SILENT_S, Silence
from db import tables
from db.liveness import may_be_alive, this_machine
from db.session import Store


class Others:
    """Reads the rows of workers for one of them, and notes who has ended."""

    def __init__(self, store: Store, identity: str, clock: Callable[[], datetime] = now) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock
        self._silence = Silence()

    def working(self) -> set[str]:
        """The workers, this one among them, that haven't ended as far as anybody has noted."""
        table = tables.Worker
        wanted = select(table.identity).where(table.stopped_at.is_(None))
        with self._store.transaction(reads_only=True) as connection:
            return set(connection.scalars(wanted))

    def dead(self, monotonic_s: float) -> list[str]:
        """Workers that have ended without saying so, as far as can be told from here.

        Where this process sees theirs, the system is asked for it. Any other one is dead once its
        row hasn't changed for ``SILENT_S``.
        """
        table = tables.Worker
        wanted = select(*table.__table__.c).where(
            table.stopped_at.is_(None), table.identity != self._identity
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
        here = this_machine()
        if here.shares_processes(row):
            return not may_be_alive(row, row["beat_at"], here=here, now=self._clock())
        return self._silence.since_s(row, monotonic_s) > SILENT_S
