"""Connections that are had while no job is measured, and the file that they lead to."""

from __future__ import annotations

import sqlite3
import threading

import sqlalchemy
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from bench_service.service.pace import Pace
from db.engine import patient
from db.location import Location

N_KEPT, N_MORE = 1, 31
"""Connections: one is kept, and the others end when their thread is through."""


def gated_engine(place: Location, pace: Pace, left: threading.Event) -> sqlalchemy.Engine:
    """Connections for DBOS that are had through the pace's gate alone, until ``left``.

    All that DBOS does by itself, it does in threads that take a connection each time they look. So
    they stand still while a job is at work, and no block is disturbed. A thread that waits holds no
    connection, of which a server has few. The thread that launches isn't held up: it is the
    worker's own, which must go on saying that it lives.
    """
    own = threading.current_thread()

    class GatedPool(QueuePool):
        def connect(self) -> PoolProxiedConnection:
            if threading.current_thread() is not own:
                pace.gate()
            return super().connect()

    engine = create_engine(
        address_of(place), poolclass=GatedPool, pool_size=N_KEPT, max_overflow=N_MORE,
        pool_pre_ping=place.path is None,
    )  # fmt: skip

    @event.listens_for(engine, "do_connect")
    def do_connect(*_: object) -> None:
        if threading.current_thread() is not own:  # else one would try for as long as it is away
            pace.require_going_on()

    @event.listens_for(engine, "checkin")
    def checkin(_: object, entry: ConnectionPoolEntry) -> None:
        if left.is_set():  # the pool was emptied meanwhile, and nobody would close this one
            entry.invalidate()

    if place.path is not None:

        @event.listens_for(engine, "connect")
        def connect(connection: sqlite3.Connection, _: object) -> None:
            connection.isolation_level = "IMMEDIATE"  # as DBOS has it for its own
            connection.execute("PRAGMA busy_timeout=30000").close()
            connection.execute("PRAGMA foreign_keys=ON").close()

    return engine


def address_of(place: Location) -> str:
    """The address that a queue's connections are made with; a server's has limits of patience."""
    url = make_url(place.url)
    return (patient(url) if place.path is None else url).render_as_string(hide_password=False)
