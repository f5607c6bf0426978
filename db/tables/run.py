"""A run: one execution of a suite, or of a test session, on one machine."""

from __future__ import annotations

from datetime import datetime
from typing import Any, overload

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, SQLColumnExpression, text
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Json, Key, one_of, table_args

TRIGGERS = ("cli", "ci", "api", "import", "job")
RUN_STATUSES = ("running", "done", "partial", "failed", "interrupted")


@overload
def job_keys(uid: str) -> str: ...
@overload
def job_keys(uid: SQLColumnExpression[str]) -> ColumnElement[str]: ...
def job_keys(uid: Any) -> Any:
    """What the idempotency keys of a job's runs begin with, as text or as SQL."""
    return "job:" + uid + ":"


class Run(Base):
    """One row per run; everything measured hangs off it and goes with it."""

    __tablename__ = "run"
    __table_args__ = table_args(
        one_of("trigger", TRIGGERS),
        one_of("status", RUN_STATUSES),
        CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished"),
        Index(
            "uq_run_idempotency_key",
            "idempotency_key",
            unique=True,
            sqlite_where=text("idempotency_key IS NOT NULL"),
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index(None, "started_at"),
    )

    id: Mapped[Key]
    uid: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str | None] = mapped_column(index=True)  # null where the user gave none
    suite: Mapped[str]
    suite_document: Mapped[Json]
    trigger: Mapped[str]
    status: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]  # null while the run is open
    environment_id: Mapped[int] = mapped_column(ForeignKey("environment.id"), index=True)
    seed: Mapped[int]
    engine_version: Mapped[str]
    code: Mapped[Json]  # what was measured from: commit, dirty or not
    state: Mapped[Json]  # what differs from run to run on one machine: load, free memory
    idempotency_key: Mapped[str | None]  # null where the same request may run twice
    n_planned: Mapped[int]
    # how often it was taken up again: who did so last may write it, and nobody before
    epoch: Mapped[int] = mapped_column(default=0, server_default="0")
