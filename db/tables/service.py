"""The service: jobs, workers' attempts at them, workers, schedules and what became of each firing.

The store is the truth and the queue only coordinates: a job is a row here before it is queued.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Json, Key, one_of, table_args

OPEN_JOBS = ("queued", "running")
JOB_STATUSES = (*OPEN_JOBS, "done", "partial", "failed", "cancelled")
ATTEMPT_OUTCOMES = ("done", "partial", "failed", "released", "cancelled", "lost")
MISSED = ("skip", "once", "all")


class Job(Base):
    """A suite to be measured, once, by some worker. It outlives the run that it led to."""

    __tablename__ = "job"
    __table_args__ = table_args(
        one_of("status", JOB_STATUSES),
        CheckConstraint("(status IN ('queued', 'running')) = (ended_at IS NULL)", name="ended"),
    )

    id: Mapped[Key]
    uid: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str | None]  # null where the user gave none
    suite: Mapped[str]
    document: Mapped[Json]  # what a worker needs to measure it
    route: Mapped[str]  # what a machine must have: cpu, cuda, gpu:NAME, host:NAME
    priority: Mapped[int]
    protocol: Mapped[int]  # of the document
    schedule: Mapped[str | None] = mapped_column(index=True)  # null where a person submitted it
    due_at: Mapped[datetime | None]  # the firing that it is for
    submitted_by: Mapped[str]
    submitted_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]  # null while it is queued or running
    # null before there is a run, and after the run was pruned
    run_id: Mapped[int | None] = mapped_column(
        ForeignKey("run.id", ondelete="SET NULL"), index=True
    )
    told_at: Mapped[datetime | None]  # when somebody was told that a scheduled one went wrong


class JobAttempt(Base):
    """One try of a worker at a job."""

    __tablename__ = "job_attempt"
    __table_args__ = table_args(
        UniqueConstraint("job_id", "number"),
        one_of("outcome", ATTEMPT_OUTCOMES),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
    )

    id: Mapped[Key]
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    number: Mapped[int]  # 1, 2, ...
    worker: Mapped[str] = mapped_column(index=True)  # its identity
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # null while it lasts, as is the outcome
    outcome: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    log: Mapped[str] = mapped_column(default="")  # the end of what the measuring process said
    worker_cpu_s: Mapped[float | None]  # the worker's own meanwhile, not the measuring process's


class Worker(Base):
    """A process that takes jobs, and the newest that it said of itself; one row per identity."""

    __tablename__ = "worker"
    __table_args__ = table_args()

    id: Mapped[Key]
    identity: Mapped[str] = mapped_column(unique=True)  # HOST/NAME
    host: Mapped[str]
    pid: Mapped[int]
    boot_time: Mapped[float]  # seconds since 1970, as is the next
    process_started: Mapped[float]
    # whose process ids its own is one of; null where the system doesn't tell
    process_space: Mapped[str | None]
    routes: Mapped[Json]  # a list: what this machine has
    version: Mapped[str]
    protocol: Mapped[int]  # the newest that it understands
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    n_beats: Mapped[int]
    job_uid: Mapped[str | None]  # null where it waits for a job
    progress: Mapped[Json | None]
    cpu_s: Mapped[float]
    rss_bytes: Mapped[int | None]  # null where the system doesn't tell
    stopped_at: Mapped[datetime | None]  # null where it works, and where it was killed


class Schedule(Base):
    """A suite with the moments at which it is due."""

    __tablename__ = "schedule"
    __table_args__ = table_args(one_of("missed", MISSED))

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    cron: Mapped[str]
    time_zone: Mapped[str]
    document: Mapped[Json]  # as a job's
    route: Mapped[str]
    missed: Mapped[str]  # what becomes of moments that passed while nobody looked
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    enabled: Mapped[bool]
    removed_at: Mapped[datetime | None]  # null while it stands


class Firing(Base):
    """What became of a moment at which a schedule was due."""

    __tablename__ = "firing"
    __table_args__ = table_args(UniqueConstraint("schedule", "due_at"))

    id: Mapped[Key]
    schedule: Mapped[str]  # its name, which outlives it
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime]
    job_uid: Mapped[str | None]  # null where none was submitted
    note: Mapped[str] = mapped_column(default="")  # why not
    told_at: Mapped[datetime | None]  # when somebody was told that none was
