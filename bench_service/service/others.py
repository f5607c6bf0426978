"""Other workers: who works, who has ended without saying so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bench_service.service.ledger import now
from bench_service.service.silence import SILENT_S, Silence
from db import tables
from db.liveness import may_be_alive, this_machine
from db.session import Store

Row = Mapping[str, Any]
GAP_S = 25.0
"""Who hasn't looked for so long, two beats and more, doesn't know how long others were silent."""


class Others:
    """Reads the rows of workers for one of them."""

    def __init__(self, store: Store, identity: str, clock: Callable[[], datetime] = now) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock
        self._silence = Silence()
        self._looked_s: float | None = None
        self._looking_since_s = 0.0

    def working(self) -> set[str]:
        """The workers, this one among them, that haven't ended as far as anybody has noted."""
        table = tables.Worker
        wanted = select(table.identity).where(table.stopped_at.is_(None))
        with self._store.transaction(reads_only=True) as connection:
            return set(connection.scalars(wanted))

    def dead(self, monotonic_s: float) -> list[Row]:
        """The rows of workers that have ended without saying so, as far as can be told from here.

        Where this process sees theirs, the system is asked for it. Any other one is dead once its
        row hasn't changed for ``SILENT_S`` while this process went on looking: while the store was
        away, nobody could give a sign.
        """
        table = tables.Worker
        wanted = select(*table.__table__.c).where(
            table.stopped_at.is_(None), table.identity != self._identity
        )
        with self._store.transaction(reads_only=True) as connection:
            rows = [dict(row) for row in connection.execute(wanted).mappings()]
        if self._looked_s is None or monotonic_s - self._looked_s > GAP_S:
            self._silence, self._looking_since_s = Silence(), monotonic_s
        self._looked_s = monotonic_s
        return [row for row in rows if self._is_dead(row, monotonic_s)]

    def would_know(self, monotonic_s: float) -> bool:
        """Whether this process has looked for so long that all who died before are known."""
        return self._looked_s is not None and monotonic_s - self._looking_since_s > SILENT_S

    def _is_dead(self, row: Row, monotonic_s: float) -> bool:
        here = this_machine()
        if here.shares_processes(row):
            return not may_be_alive(row, row["beat_at"], here=here, now=self._clock())
        return self._silence.since_s(row, monotonic_s) > SILENT_S
