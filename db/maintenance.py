"""Looking after a store: checks, copies, its size, and letting old runs go."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, or_, select, text

from db.errors import NotADatabaseError, RefusedValueError, StoreError
from db.schema import release, stored_revision
from db.session import Store
from db.tables import Run, TimingBlock, TimingPart
from db.translation import translated

_MAY_BE_RESUMED = timedelta(days=7)


@dataclass(frozen=True)
class Health:
    """What a check found; healthy where there are no ``problems``."""

    schema: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class PrunedRun:
    """A run that was, or would be, let go."""

    uid: str
    suite: str
    started_at: datetime


@dataclass(frozen=True)
class Pruning:
    """What went, or would go in a dry run. Sizes are in bytes; equal in a dry run."""

    runs: tuple[PrunedRun, ...]
    n_blocks: int
    bytes_before: int
    bytes_after: int


def check(store: Store) -> Health:
    """What SQLite's own checks and the schema's version say; at most 20 problems of each kind."""
    problems: list[str] = []
    try:
        with store.transaction(reads_only=True) as connection:
            schema = release(stored_revision(connection) or "none")
            if store.path is not None:
                found = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
                problems += [str(line) for line in found if line != "ok"]
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
                problems += [f"row {row[1]} of {row[0]} has no {row[2]}" for row in orphans]
    except NotADatabaseError as error:
        return Health("unreadable", (str(error),))
    return Health(schema, tuple(problems))


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


def prune(store: Store, older_than_days: float, *, dry_run: bool = False) -> Pruning:
    """What went: whole runs without a label that began more than so many days ago.

    A run with a label is kept whatever its age. An open one is kept for a week at least, so that
    it can be resumed. In a dry run nothing changes. The room is given back to the file system.
    """
    if not 0 <= older_than_days < 1e6:
        raise RefusedValueError("An age in days.", got=str(older_than_days), allowed="0 or more")
    before = size(store)
    now = datetime.now(UTC)
    old = (
        Run.label.is_(None),
        Run.started_at < now - timedelta(days=older_than_days),
        or_(Run.status != "running", Run.started_at < now - _MAY_BE_RESUMED),
    )
    with store.transaction(reads_only=dry_run) as connection:
        found = connection.execute(
            select(Run.uid, Run.suite, Run.started_at).where(*old).order_by(Run.started_at)
        ).all()
        n_blocks = connection.scalar(
            select(func.count())
            .select_from(TimingBlock)
            .join(TimingPart, TimingPart.id == TimingBlock.part_id)
            .join(Run, Run.id == TimingPart.run_id)
            .where(*old)
        )
        if not dry_run:
            connection.execute(delete(Run).where(*old))
    runs = tuple(PrunedRun(uid, suite, started_at) for uid, suite, started_at in found)
    if runs and not dry_run and store.path is not None:
        with translated(str(store.location)), closing(store.engine.raw_connection()) as raw:
            raw.cursor().execute("VACUUM")
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Pruning(runs, int(n_blocks or 0), before, size(store))
