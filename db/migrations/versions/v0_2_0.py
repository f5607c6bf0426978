"""The schema of release 0.2.0: training, and the health of neurons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "v0_2_0"
down_revision = "v0_1_0"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
REAL: sa.Double[float] = sa.Double().with_variant(sqlite.REAL(), "sqlite")

PROMISE = (
    (
        "neuron_mask_bits",
        "bits of neuron_mask: one bit a unit, the first unit in the highest bit of the first"
        " byte; every checkpoint begins on a new byte, in the order of steps",
    ),
)


def text(name: str, **options: bool) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=options.get("nullable", False))


def integer(name: str, **options: bool) -> sa.Column[int]:
    return sa.Column(name, INTEGER, nullable=options.get("nullable", False))


def real(name: str, **options: bool) -> sa.Column[float]:
    return sa.Column(name, REAL, nullable=options.get("nullable", False))


def array(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def keyed(name: str, *items: sa.schema.SchemaItem) -> None:
    key = sa.PrimaryKeyConstraint("id", name=f"pk_{name}")
    op.create_table(name, integer("id"), *items, key, sqlite_strict=True)


def unique(name: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{name}_{'_'.join(columns)}")


def check(name: str, what: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{name}_{what}"))


def points_to(name: str, column: str, target: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{name}_{column}", ondelete=options.get("ondelete")
    )


def index(name: str, column: str) -> None:
    op.create_index(f"ix_{name}_{column}", name, [column])


def upgrade() -> None:
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.bulk_insert(meta, [{"key": key, "value": value} for key, value in PROMISE])
    workload()
    training()
    neurons()


def workload() -> None:
    keyed(
        "workload",
        text("name"),
        integer("version"),
        text("description"),
        text("source"),
        text("metric"),
        text("better"),
        real("chance", nullable=True),
        text("target_metric", nullable=True),
        real("target", nullable=True),
        integer("target_version"),
        integer("n_steps"),
        integer("batch_size"),
        text("facts"),
        unique("workload", "name", "version", "target_version"),
        check("workload", "better", "better IN ('lower', 'higher', 'neither')"),
    )


def training() -> None:
    keyed(
        "training_case",
        text("fingerprint"),
        text("workload"),
        integer("workload_version"),
        text("activation"),
        text("parameters"),
        text("backend"),
        text("init"),
        text("optimizer"),
        real("lr"),
        text("lr_role"),
        integer("seed"),
        unique("training_case", "fingerprint"),
        check("training_case", "lr_role", "lr_role IN ('tune', 'eval', 'default', 'sweep')"),
    )
    index("training_case", "workload")
    numbers = ("val_loss", "val_accuracy", "test_loss", "test_accuracy")
    rates = ("grad_dead", "zero_dead", "off_pinned", "sparsity")
    statuses = "status IN ('ok', 'diverged', 'timeout', 'error', 'skipped')"
    keyed(
        "training_outcome",
        integer("run_id"),
        integer("case_id"),
        integer("workload_id"),
        integer("activation_id", nullable=True),
        text("status"),
        text("reason"),
        integer("steps"),
        integer("best_step", nullable=True),
        *(real(name, nullable=True) for name in numbers),
        integer("steps_to_target", nullable=True),
        *(real(name, nullable=True) for name in rates),
        text("facts"),
        unique("training_outcome", "run_id", "case_id"),
        check("training_outcome", "status", statuses),
        points_to("training_outcome", "run_id", "run", ondelete="CASCADE"),
        points_to("training_outcome", "case_id", "training_case"),
        points_to("training_outcome", "workload_id", "workload"),
        points_to("training_outcome", "activation_id", "activation"),
    )
    for column in ("case_id", "workload_id", "activation_id"):
        index("training_outcome", column)
    of_outcome(
        "training_curve",
        text("split"),
        text("metric"),
        array("steps"),
        array("metric_values"),
        unique("training_curve", "outcome_id", "split", "metric"),
    )


def neurons() -> None:
    of_outcome(
        "neuron_curve",
        text("layer"),
        text("metric"),
        integer("n_units"),
        integer("n_probe"),
        array("steps"),
        array("metric_values"),
        unique("neuron_curve", "outcome_id", "layer", "metric", "n_probe"),
    )
    of_outcome(
        "neuron_mask",
        text("layer"),
        text("metric"),
        integer("n_units"),
        array("steps"),
        array("bits"),
        unique("neuron_mask", "outcome_id", "layer", "metric"),
    )


def of_outcome(name: str, *items: sa.schema.SchemaItem) -> None:
    owner = points_to(name, "outcome_id", "training_outcome", ondelete="CASCADE")
    keyed(name, integer("outcome_id"), *items, owner)
