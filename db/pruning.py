"""Letting old runs go, with all that was measured in them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

from db.errors import RefusedValueError
from db.maintenance import size
from db.session import Store
from db.tables import CiBenchmark, Job, Run, TimingBlock, TimingPart, TrainingOutcome
from db.translation import translated

_MAY_BE_RESUMED = timedelta(days=7)


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
    bytes_before: int
    bytes_after: int


def prune(store: Store, older_than_days: float, *, dry_run: bool = False) -> Pruning:
    """What went: whole runs without a label that began more than so many days ago.

    A run with a label is kept whatever its age, and so is one whose job hasn't ended. An open one
    is kept for a week at least, so that it can be resumed. Jobs stay when their runs go. In a dry
    run nothing changes. The room is given back to the file system.
    """
    if not 0 <= older_than_days < 1e6:
        raise RefusedValueError("An age in days.", got=str(older_than_days), allowed="0 or more")
    before = size(store)
    old = _may_go(datetime.now(UTC), timedelta(days=older_than_days))
    with store.transaction(reads_only=dry_run) as connection:
        found = connection.execute(
            select(Run.uid, Run.suite, Run.started_at).where(*old).order_by(Run.started_at)
        ).all()
        n_blocks, n_slices, n_benchmarks = _counts(connection, old)
        if not dry_run:
            connection.execute(delete(Run).where(*old))
    runs = tuple(PrunedRun(uid, suite, started_at) for uid, suite, started_at in found)
    if runs and not dry_run and store.path is not None:
        with translated(str(store.location)), closing(store.engine.raw_connection()) as raw:
            raw.cursor().execute("VACUUM")
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Pruning(runs, n_blocks, n_slices, n_benchmarks, before, size(store))


def _may_go(now: datetime, age: timedelta) -> tuple[ColumnElement[bool], ...]:
    """What is asked of a run that goes."""
    is_of_the_run = or_(Job.run_id == Run.id, Job.uid == Run.idempotency_key)
    unfinished = select(Job.id).where(is_of_the_run, Job.ended_at.is_(None)).exists()
    return (
        Run.label.is_(None),
        Run.started_at < now - age,
        or_(Run.status != "running", Run.started_at < now - _MAY_BE_RESUMED),
        ~unfinished,
    )


def _counts(connection: Connection, old: tuple[ColumnElement[bool], ...]) -> list[int]:
    """How many blocks, slices and benchmarks hang off the runs that go."""
    counted = select(func.count())
    questions = (
        counted.select_from(TimingBlock)
        .join(TimingPart, TimingPart.id == TimingBlock.part_id)
        .join(Run, Run.id == TimingPart.run_id),
        counted.select_from(TrainingOutcome).join(Run, Run.id == TrainingOutcome.run_id),
        counted.select_from(CiBenchmark).join(Run, Run.id == CiBenchmark.run_id),
    )
    return [connection.scalar(question.where(*old)) or 0 for question in questions]
