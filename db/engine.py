"""SQLAlchemy engines with the connection rules of this store.

SQLite writers use a write-ahead log, ``synchronous=NORMAL``, foreign keys, and a transaction that
takes the write lock when it begins: with a deferred one, 494 of 800 transactions of four writers
failed. Readers can't write, and never wait for a writer.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from db.location import Location

SILENCE = {
    "connect_timeout": "10", "keepalives_idle": "10", "keepalives_interval": "5",
    "keepalives_count": "3", "tcp_user_timeout": "25000",
}  # fmt: skip
"""Seconds until a server that doesn't answer is taken for away; the last in milliseconds."""
STUCK_MS = 30_000
"""A transaction that does nothing for so long is its process's fault, and ends."""
READS_ONLY = "store_reads_only"
"""Execution option of a connection: its transaction takes no write lock."""


def engine_of(
    place: Location,
    *,
    read_only: bool = False,
    journal: str = "WAL",
    busy_timeout_ms: int = 30_000,
    foreign_keys: bool = True,
) -> Engine:
    """An engine that hasn't connected yet."""
    if place.path is None:
        return _postgresql(place.url, read_only=read_only, busy_timeout_ms=busy_timeout_ms)
    path = place.path
    pragmas = [f"foreign_keys={int(foreign_keys)}", "temp_store=MEMORY", "cache_size=-65536"]
    if read_only:
        pragmas.append("query_only=1")
    else:
        pragmas += [f"journal_mode={journal}", "synchronous=NORMAL"]

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            _address(path, read_only=read_only),
            uri=True,
            timeout=busy_timeout_ms / 1000,
            isolation_level=None,  # transactions begin where we say, not where the driver guesses
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        )
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}").close()
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=2)
    _begin_as_told(engine, read_only=read_only)
    _stay_in_one_process(engine)
    return engine


def _address(path: Path, *, read_only: bool) -> str:
    """A ``file:`` URI; a reader may write the log's index only where it has the right to."""
    if not read_only:
        return f"file:{quote(str(path))}?mode=rwc"
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return f"file:{quote(str(path))}?mode=rw"
    has_log = path.with_name(path.name + "-wal").exists()
    return f"file:{quote(str(path))}?mode=ro" + ("" if has_log else "&immutable=1")


def _begin_as_told(engine: Engine, *, read_only: bool) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = read_only or connection.get_execution_options().get(READS_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    if read_only:
        return

    @event.listens_for(engine, "close")
    def close(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA busy_timeout=0")
            cursor.execute("PRAGMA optimize")
            cursor.close()
        except sqlite3.Error:
            pass  # statistics for the query planner: not worth a wait or an error


def _stay_in_one_process(engine: Engine) -> None:
    """A connection that came through a fork is left alone: SQLite's own rule."""

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["pid"] = os.getpid()

    @event.listens_for(engine, "checkout")
    def checkout(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, proxy: PoolProxiedConnection
    ) -> None:
        if entry.info["pid"] != os.getpid():
            cast(Any, entry).dbapi_connection = cast(Any, proxy).dbapi_connection = None
            raise DisconnectionError("this connection belongs to another process")


def patient(url: URL) -> URL:
    """A server's address with how long its silence is borne, but for what the address says itself.

    Without this a connection whose network went away hangs for as long as TCP does, up to a
    quarter of an hour (libpq, "Parameter Key Words"; a server that is suspended within a
    transaction would hold its locks as long).
    """
    return url.update_query_dict({**SILENCE, **url.query})


def _postgresql(url: str, *, read_only: bool, busy_timeout_ms: int) -> Engine:
    options = (
        f"-c lock_timeout={busy_timeout_ms} -c timezone=UTC"
        f" -c idle_in_transaction_session_timeout={STUCK_MS}"
    )
    if read_only:
        options += " -c default_transaction_read_only=on"
    connect = {"options": options}
    address = patient(make_url(url))
    engine = create_engine(address, connect_args=connect, pool_size=2, pool_pre_ping=True)
    _stay_in_one_process(engine)
    return engine
