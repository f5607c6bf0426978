"""Looking after a store: checks, copies and its size."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select, text

from db.errors import NotADatabaseError, StoreError
from db.schema import release, stored_revision
from db.session import Store
from db.tables import Firing, Job, Worker
from db.translation import translated

_SHOWN = 20  # problems of a kind


@dataclass(frozen=True)
class Health:
    """What a check found; healthy where there are no ``problems``."""

    schema: str
    problems: tuple[str, ...]


def check(store: Store) -> Health:
    """What SQLite's own checks, the schema's version and the jobs that are named say.

    At most 20 problems of each kind. Firings and workers name jobs without a foreign key, so that
    a schedule's history and a worker's last word never stand in the way of anything.
    """
    problems: list[str] = []
    try:
        with store.transaction(reads_only=True) as connection:
            schema = release(stored_revision(connection) or "none")
            if store.path is not None:
                problems += _damage(connection)
            if not problems:  # else reading may fail
                problems += _jobs_that_are_not_there(connection)
    except NotADatabaseError as error:
        return Health("unreadable", (str(error),))
    return Health(schema, tuple(problems))


def _damage(connection: Connection) -> list[str]:
    """What SQLite itself finds: damaged pages, and rows without their owners."""
    found = connection.exec_driver_sql(f"PRAGMA integrity_check({_SHOWN})").scalars().all()
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_SHOWN)
    return [str(line) for line in found if line != "ok"] + [
        f"row {row[1]} of {row[0]} has no {row[2]}" for row in orphans
    ]


def _jobs_that_are_not_there(connection: Connection) -> list[str]:
    """Jobs that firings and workers name, and that no row is."""
    problems = []
    for table in (Firing, Worker):
        is_there = select(Job.id).where(Job.uid == table.job_uid).exists()
        lost = select(table.id, table.job_uid).where(table.job_uid.is_not(None), ~is_there)
        rows = connection.execute(lost.order_by(table.id).limit(_SHOWN)).all()
        problems += [f"row {row} of {table.__tablename__} has no job {uid}" for row, uid in rows]
    return problems


def size(store: Store) -> int:
    """Bytes that the store takes: the file with its log, or the database on a server."""
    if store.path is None:
        with store.transaction(reads_only=True) as connection:
            return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    files = (store.path, store.path.with_name(store.path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def backup(store: Store, target: Path | None = None, *, note: str = "backup") -> Path:
    """The path of a complete copy, beside the store unless ``target`` says where.

    StoreError where the target exists, and for a server, which has its own tools.
    """
    if store.path is None:
        raise StoreError(
            "A server's backup is made with its own tools.",
            got=str(store.location),
            next_step="use pg_dump",
        )
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    goal = target or store.path.with_name(f"{store.path.name}.{note}.{stamp}")
    if goal.exists():
        raise StoreError("There is a file of that name.", got=str(goal))
    unfinished = goal.with_name(goal.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    with translated(str(goal)), closing(store.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=0")  # it counts a copy as writing
        cursor.execute("VACUUM INTO ?", (str(unfinished),))
        cursor.execute(f"PRAGMA query_only={int(store.read_only)}")
    return unfinished.rename(goal)
