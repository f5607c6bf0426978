"""Letting old runs go, with all that was measured in them, and what jobs left behind."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, select

from db.errors import RefusedValueError
from db.maintenance import size
from db.old_rows import old_firings, old_jobs, old_runs, old_workers
from db.session import Store
from db.tables import (
    Base,
    CiBenchmark,
    Firing,
    Job,
    Run,
    TimingBlock,
    TimingPart,
    TrainingOutcome,
    Worker,
)
from db.translation import translated

WORTH_IT = 1000
"""Rows of the service; giving back room rewrites the whole file."""


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
    """Rows of timed blocks: an entry's in one part."""
    n_slices: int
    """Trained slices, each with its curves, neuron metrics and masks."""
    n_benchmarks: int
    n_firings: int
    """Moments at which schedules were due."""
    n_workers: int
    n_jobs: int
    bytes_before: int
    bytes_after: int


def prune(store: Store, older_than_days: float, *, dry_run: bool = False) -> Pruning:
    """What went: whole runs that began more than so many days ago, and what jobs left behind.

    A run that a person gave a label is kept whatever its age, and so is one whose job hasn't
    ended. An open run is kept for a week at least, so that it can be resumed, and so are the
    service's rows: ended jobs whose run is gone, moments of schedules, workers of the past. In a
    dry run nothing changes. The room is given back to the file system.
    """
    if not 0 <= older_than_days < 1e6:
        raise RefusedValueError("An age in days.", got=str(older_than_days), allowed="0 or more")
    before = size(store)
    of_age = (datetime.now(UTC), timedelta(days=older_than_days))
    old = old_runs(*of_age)
    # Each names what comes later: jobs are named by the others, and go last.
    past = ((Firing, old_firings), (Worker, old_workers), (Job, old_jobs))
    with store.transaction(reads_only=dry_run) as connection:
        found = connection.execute(
            select(Run.uid, Run.suite, Run.started_at).where(old).order_by(Run.started_at)
        ).all()
        n_blocks, n_slices, n_benchmarks = _held(connection, old)
        n_firings, n_workers, n_jobs = n_past = [
            _n_rows(connection, table, rule(*of_age)) for table, rule in past
        ]
        if not dry_run:
            connection.execute(delete(Run).where(old))
            for table, rule in past:
                connection.execute(delete(table).where(rule(*of_age)))
    runs = tuple(PrunedRun(uid, suite, started_at) for uid, suite, started_at in found)
    if not dry_run and (runs or sum(n_past) >= WORTH_IT) and store.path is not None:
        _give_back_room(store)
    return Pruning(
        runs, n_blocks, n_slices, n_benchmarks, n_firings, n_workers, n_jobs, before, size(store)
    )


def _give_back_room(store: Store) -> None:
    with translated(str(store.location)), closing(store.engine.raw_connection()) as raw:
        raw.cursor().execute("VACUUM")
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _held(connection: Connection, old: ColumnElement[bool]) -> list[int]:
    """How many blocks, slices and benchmarks hang off the runs that go."""
    counted = select(func.count())
    questions = (
        counted.select_from(TimingBlock)
        .join(TimingPart, TimingPart.id == TimingBlock.part_id)
        .join(Run, Run.id == TimingPart.run_id),
        counted.select_from(TrainingOutcome).join(Run, Run.id == TrainingOutcome.run_id),
        counted.select_from(CiBenchmark).join(Run, Run.id == CiBenchmark.run_id),
    )
    return [connection.scalar(question.where(old)) or 0 for question in questions]


def _n_rows(connection: Connection, table: type[Base], rule: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(rule)) or 0
