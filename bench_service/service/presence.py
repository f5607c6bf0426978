"""This worker's own row: its name taken once, and then its signs of life."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psutil
from sqlalchemy import ColumnElement, Connection, select, update

from bench_service.errors import NameTakenError
from bench_service.service.job import PROTOCOL
from bench_service.service.ledger import now
from bench_service.service.silence import SILENT_S, Silence
from db import tables
from db.liveness import PROCESS_SPACE, may_be_alive, process_space, this_machine
from db.session import Store
from db.upsert import insert_into

LOOK_S = 1.0
"""Between looks at the row of a worker that may be alive elsewhere."""
log = logging.getLogger("bench_service.worker")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Self:
    """What a worker says of itself once."""

    identity: str
    host: str
    routes: Sequence[str]
    version: str
    pid: int = field(default_factory=os.getpid)


class Presence:
    """Writes this worker's row."""

    def __init__(
        self, store: Store, own: Self, clock: Callable[[], datetime] = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._store = store
        self._own = own
        self._clock = clock
        self._monotonic = monotonic
        self._process = psutil.Process(own.pid)
        # Read as a pair, once: later a clock that was set would have moved one of them alone.
        self._born = {
            "boot_time": psutil.boot_time(), "process_started": self._process.create_time(),
            PROCESS_SPACE: process_space(),
        }  # fmt: skip
        self._n_beats = 0
        self.started_at = clock()
        self.is_taken = False
        """Whether another process has taken this name since: nothing of it is ours any more."""
        self.last_sign_before: datetime | None = None
        """The last sign of life of whoever had this name before and ended without a word."""

    def claim(self, wait: Callable[[float], bool]) -> bool:
        """True once the name is this process's; False where ``wait`` says that it is to stop.

        NameTakenError where a worker of that name lives. Of one on another machine of our name, or
        in another container, it is known once its row has changed, or hasn't for ``SILENT_S``.
        """
        silence, is_said = Silence(), False
        while True:
            with self._store.transaction() as connection:
                row = self._row(None, None)
                if self._insert(connection, row):
                    return True
                before = self._locked(connection)
                if self._is_free(before, silence):
                    if before["stopped_at"] is None:
                        self.last_sign_before = before["beat_at"]
                    return self._update(connection, row)
            if not is_said:
                said = {"worker": self._own.identity, "seconds": SILENT_S}
                log.warning("a worker of this name may live elsewhere: listening", extra=said)
                is_said = True
            if wait(LOOK_S):
                return False

    def beat(self, job_uid: str | None, progress: Row | None, *, is_last: bool = False) -> None:
        """Say that this worker is there, and what it is at.

        NameTakenError where another process took the name meanwhile, since this one was silent for
        too long. ReplacedError where the store's file is another one by now.
        """
        table = tables.Worker
        self._store.require_same_file()
        is_mine = (table.pid == self._own.pid, table.started_at == self.started_at)
        row = self._row(job_uid, progress, is_last=is_last)
        with self._store.transaction() as connection:
            if self._update(connection, row, *is_mine) or self._insert(connection, row):
                return  # inserted: it had been silent for so long that its row was pruned
        self.is_taken = True
        raise _taken(self._own.identity)

    def _insert(self, connection: Connection, row: Row) -> bool:
        """Whether there was no row of this name, and is now."""
        statement = insert_into(connection, tables.Worker).on_conflict_do_nothing()
        return connection.scalar(statement.returning(tables.Worker.id), row) is not None

    def _update(self, connection: Connection, row: Row, *where: ColumnElement[bool]) -> bool:
        table = tables.Worker
        found = (table.identity == self._own.identity, *where)
        return connection.execute(update(table).where(*found).values(**row)).rowcount > 0

    def _locked(self, connection: Connection) -> Row:
        """The row of this name, which nobody else changes until this transaction ends."""
        table = tables.Worker
        wanted = select(*table.__table__.c).where(table.identity == self._own.identity)
        return dict(connection.execute(wanted.with_for_update()).mappings().one())

    def _is_free(self, row: Row, silence: Silence) -> bool:
        """Whether a name is nobody else's; NameTakenError where another process lives by it."""
        here = this_machine()
        if row["stopped_at"] is not None:
            return True
        if here.shares_processes(row):
            is_own = row["pid"] == self._own.pid
            if not is_own and may_be_alive(row, row["beat_at"], here=here, now=self._clock()):
                raise _taken(self._own.identity)
            return True
        if silence.has_changed(row):
            raise _taken(self._own.identity)
        return silence.since_s(row, self._monotonic()) > SILENT_S

    def _row(self, job_uid: str | None, progress: Row | None, *, is_last: bool = False) -> Row:
        own, moment, cpu = self._own, self._clock(), self._process.cpu_times()
        self._n_beats += 1
        return {
            "identity": own.identity, "host": own.host, "pid": own.pid, **self._born,
            "routes": list(own.routes), "version": own.version, "protocol": PROTOCOL,
            "started_at": self.started_at, "beat_at": moment, "n_beats": self._n_beats,
            "job_uid": job_uid, "progress": progress, "cpu_s": cpu.user + cpu.system,
            "rss_bytes": self._process.memory_info().rss, "stopped_at": moment if is_last else None,
        }  # fmt: skip


def _taken(identity: str) -> NameTakenError:
    return NameTakenError(
        "Another worker of that name is at work.",
        got=identity,
        allowed="one worker of a name on a machine, and one machine of a name",
        next_step="stop the other one first, or give this one another --name",
    )
