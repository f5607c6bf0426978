"""Timing: what is measured, what became of it in a run, and every block that was timed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Integers, Json, Key, RunKey, one_of, table_args

ROLES = ("case", "reference", "alias", "copy", "floor")
OUTCOME_STATUSES = ("ok", "failed", "skipped")


class TimingCase(Base):
    """One thing to time. The same thing in another run is the same row."""

    __tablename__ = "timing_case"
    __table_args__ = table_args()

    id: Mapped[Key]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    group_fingerprint: Mapped[str] = mapped_column(index=True)
    activation: Mapped[str]  # or the name of a copy or floor entry, which no catalogue holds
    parameters: Mapped[Json]
    backend: Mapped[str]
    pass_name: Mapped[str]
    dtype: Mapped[str]
    numel: Mapped[int]
    condition: Mapped[str]
    layout: Mapped[str]
    threads: Mapped[int]
    input: Mapped[str]


class TimingOutcome(Base):
    """What became of a case in a run. A case without a row was not run."""

    __tablename__ = "timing_outcome"
    __table_args__ = table_args(
        UniqueConstraint("run_id", "case_id", "role"),
        one_of("role", ROLES),
        one_of("status", OUTCOME_STATUSES),
    )

    id: Mapped[Key]
    run_id: Mapped[RunKey]
    case_id: Mapped[int] = mapped_column(ForeignKey("timing_case.id"), index=True)
    # null for entries of no catalogue: copy, floor, a user's own function that wasn't described
    activation_id: Mapped[int | None] = mapped_column(ForeignKey("activation.id"), index=True)
    label: Mapped[str]  # the entry's name in its rounds
    role: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str]  # empty where the status is ok
    n_calls: Mapped[int]
    saved_bytes_per_element: Mapped[float | None]  # null where the pass saves nothing
    facts: Mapped[Json]


class TimingPart(Base):
    """One hand-over of a child: rounds that follow those of the parts before it.

    A child's status, reason and facts are those of its newest part. A child whose last part is
    missing was killed; what it handed over before is kept.
    """

    __tablename__ = "timing_part"
    __table_args__ = table_args(
        UniqueConstraint("run_id", "group_fingerprint", "process_ix", "part"),
    )

    id: Mapped[Key]
    run_id: Mapped[RunKey]
    group_fingerprint: Mapped[str]
    process_ix: Mapped[int]
    part: Mapped[int]
    is_last: Mapped[bool]
    n_rounds: Mapped[int]
    seed: Mapped[int]
    started_at: Mapped[datetime]
    status: Mapped[str]
    reason: Mapped[str]
    facts: Mapped[Json]


class TimingBlock(Base):
    """The blocks of one entry in one part: arrays with a number per round."""

    __tablename__ = "timing_block"
    __table_args__ = table_args(
        UniqueConstraint("part_id", "label"),
        one_of("role", ROLES),
    )

    id: Mapped[Key]
    part_id: Mapped[int] = mapped_column(ForeignKey("timing_part.id", ondelete="CASCADE"))
    label: Mapped[str]
    role: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("timing_case.id"))  # null: no case
    n_calls: Mapped[int]
    wall_ns: Mapped[Integers]
    cpu_ns: Mapped[Integers]
    position: Mapped[Integers]
    involuntary_switches: Mapped[Integers]
    minor_faults: Mapped[Integers]
    flags: Mapped[Integers]
