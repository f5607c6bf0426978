"""Training: workloads, slices, what became of them, curves, and the health of neurons."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Floats, Integers, Json, Key, RunKey, one_of, table_args
from db.tables.catalogue import BETTER

LR_ROLES = ("tune", "eval", "default", "sweep")
SLICE_STATUSES = ("ok", "diverged", "timeout", "error", "skipped")


class Workload(Base):
    """A workload as it was defined when it was trained; a raised version is a new row."""

    __tablename__ = "workload"
    __table_args__ = table_args(
        UniqueConstraint("name", "version", "target_version"), one_of("better", BETTER)
    )

    id: Mapped[Key]
    name: Mapped[str]
    version: Mapped[int]
    description: Mapped[str]
    source: Mapped[str]
    metric: Mapped[str]
    better: Mapped[str]
    chance: Mapped[float | None]  # null where it isn't known
    target_metric: Mapped[str | None]  # null where there is no target
    target: Mapped[float | None]
    target_version: Mapped[int]  # 0 where there is no target
    n_steps: Mapped[int]
    batch_size: Mapped[int]
    facts: Mapped[Json]


class TrainingCase(Base):
    """One slice to train. The same slice in another run is the same row."""

    __tablename__ = "training_case"
    __table_args__ = table_args(one_of("lr_role", LR_ROLES))

    id: Mapped[Key]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    workload: Mapped[str] = mapped_column(index=True)
    workload_version: Mapped[int]
    activation: Mapped[str]
    parameters: Mapped[Json]
    backend: Mapped[str]
    init: Mapped[str]
    optimizer: Mapped[str]
    lr: Mapped[float]
    lr_role: Mapped[str]
    seed: Mapped[int]


class TrainingOutcome(Base):
    """What became of a slice in a run. A slice without a row was not trained."""

    __tablename__ = "training_outcome"
    __table_args__ = table_args(
        UniqueConstraint("run_id", "case_id"), one_of("status", SLICE_STATUSES)
    )

    id: Mapped[Key]
    run_id: Mapped[RunKey]
    case_id: Mapped[int] = mapped_column(ForeignKey("training_case.id"), index=True)
    workload_id: Mapped[int] = mapped_column(ForeignKey("workload.id"), index=True)
    # null for a user's own function, which no catalogue holds
    activation_id: Mapped[int | None] = mapped_column(ForeignKey("activation.id"), index=True)
    status: Mapped[str]
    reason: Mapped[str]  # empty where the status is ok
    steps: Mapped[int]
    # from here on null where a number doesn't apply: diverged, no target, no accuracy
    best_step: Mapped[int | None]
    val_loss: Mapped[float | None]
    val_accuracy: Mapped[float | None]
    test_loss: Mapped[float | None]
    test_accuracy: Mapped[float | None]
    steps_to_target: Mapped[int | None]
    grad_dead: Mapped[float | None]
    zero_dead: Mapped[float | None]
    off_pinned: Mapped[float | None]
    sparsity: Mapped[float | None]
    facts: Mapped[Json]


class TrainingCurve(Base):
    """A metric of a slice over steps."""

    __tablename__ = "training_curve"
    __table_args__ = table_args(UniqueConstraint("outcome_id", "split", "metric"))

    id: Mapped[Key]
    outcome_id: Mapped[int] = mapped_column(ForeignKey("training_outcome.id", ondelete="CASCADE"))
    split: Mapped[str]
    metric: Mapped[str]
    steps: Mapped[Integers]
    metric_values: Mapped[Floats]  # "values" alone is a word of SQL


class NeuronCurve(Base):
    """A neuron metric of one layer of a slice over checkpoints."""

    __tablename__ = "neuron_curve"
    __table_args__ = table_args(UniqueConstraint("outcome_id", "layer", "metric", "n_probe"))

    id: Mapped[Key]
    outcome_id: Mapped[int] = mapped_column(ForeignKey("training_outcome.id", ondelete="CASCADE"))
    layer: Mapped[str]
    metric: Mapped[str]  # the name of its definition
    n_units: Mapped[int]
    n_probe: Mapped[int]
    steps: Mapped[Integers]
    metric_values: Mapped[Floats]


class NeuronMask(Base):
    """Which units of a layer met a definition, at each checkpoint."""

    __tablename__ = "neuron_mask"
    __table_args__ = table_args(UniqueConstraint("outcome_id", "layer", "metric"))

    id: Mapped[Key]
    outcome_id: Mapped[int] = mapped_column(ForeignKey("training_outcome.id", ondelete="CASCADE"))
    layer: Mapped[str]
    metric: Mapped[str]
    n_units: Mapped[int]
    steps: Mapped[Integers]
    bits: Mapped[bytes]  # a bit a unit, the first in the highest bit; each checkpoint on new bytes
