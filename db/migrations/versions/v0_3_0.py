"""The schema of release 0.3.0: the service, and runs that a job led to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "v0_3_0"
down_revision = "v0_2_0"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
REAL: sa.Double[float] = sa.Double().with_variant(sqlite.REAL(), "sqlite")

TRIGGER = '"trigger"'  # a word of SQL
TRIGGERS = "'cli', 'ci', 'api', 'import'"

PROMISE = (
    (
        "service",
        "document of job and schedule, routes and progress of worker: JSON, keys sorted, no NaN;"
        " boot_time and process_started of worker: seconds since 1970-01-01, UTC; a job's run_id is"
        " null before it led to a run, and after that run was deleted",
    ),
)


def text(name: str, **options: bool) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=options.get("nullable", False))


def integer(name: str, **options: bool) -> sa.Column[int]:
    return sa.Column(name, INTEGER, nullable=options.get("nullable", False))


def real(name: str, **options: bool) -> sa.Column[float]:
    return sa.Column(name, REAL, nullable=options.get("nullable", False))


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
    run()
    jobs()
    workers()
    schedules()


def run() -> None:
    """Let a run be triggered by a job: one check is another, all else stays.

    SQLite builds the table anew for that, from ``run_of_0_2_0`` and not from what can be read of
    it, so that nothing depends on which constraints the installed Alembic reads.
    """
    name = op.f("ck_run_trigger")
    with op.batch_alter_table("run", copy_from=run_of_0_2_0()) as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, sa.text(f"{TRIGGER} IN ({TRIGGERS}, 'job')"))


def run_of_0_2_0() -> sa.Table:
    given = sa.text("idempotency_key IS NOT NULL")
    statuses = "status IN ('running', 'done', 'partial', 'failed', 'interrupted')"
    return sa.Table(
        "run",
        sa.MetaData(),
        integer("id"),
        text("uid"),
        text("label", nullable=True),
        text("suite"),
        text("suite_document"),
        text("trigger"),
        text("status"),
        integer("started_at"),
        integer("finished_at", nullable=True),
        integer("environment_id"),
        integer("seed"),
        text("engine_version"),
        text("code"),
        text("state"),
        text("idempotency_key", nullable=True),
        integer("n_planned"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        unique("run", "uid"),
        check("run", "trigger", f"{TRIGGER} IN ({TRIGGERS})"),
        check("run", "status", statuses),
        check("run", "finished", "(status = 'running') = (finished_at IS NULL)"),
        points_to("run", "environment_id", "environment"),
        sa.Index("ix_run_started_at", "started_at"),
        sa.Index("ix_run_label", "label"),
        sa.Index("ix_run_environment_id", "environment_id"),
        sa.Index("uq_run_idempotency_key", "idempotency_key", unique=True, sqlite_where=given),
        sqlite_strict=True,
    )


def jobs() -> None:
    keyed(
        "job",
        text("uid"),
        text("label", nullable=True),
        text("suite"),
        text("document"),
        text("route"),
        integer("priority"),
        integer("protocol"),
        text("schedule", nullable=True),
        integer("due_at", nullable=True),
        text("submitted_by"),
        integer("submitted_at"),
        text("status"),
        text("reason"),
        integer("ended_at", nullable=True),
        integer("run_id", nullable=True),
        integer("told_at", nullable=True),
        unique("job", "uid"),
        check(
            "job",
            "status",
            "status IN ('queued', 'running', 'done', 'partial', 'failed', 'cancelled')",
        ),
        check("job", "ended", "(status IN ('queued', 'running')) = (ended_at IS NULL)"),
        points_to("job", "run_id", "run", ondelete="SET NULL"),
    )
    for column in ("schedule", "submitted_at", "status", "run_id"):
        index("job", column)
    outcomes = "outcome IN ('done', 'partial', 'failed', 'released', 'cancelled', 'lost')"
    keyed(
        "job_attempt",
        integer("job_id"),
        integer("number"),
        text("worker"),
        integer("started_at"),
        integer("ended_at", nullable=True),
        text("outcome", nullable=True),
        text("reason"),
        text("log"),
        real("worker_cpu_s", nullable=True),
        unique("job_attempt", "job_id", "number"),
        check("job_attempt", "outcome", outcomes),
        check("job_attempt", "ended", "(ended_at IS NULL) = (outcome IS NULL)"),
        points_to("job_attempt", "job_id", "job", ondelete="CASCADE"),
    )
    index("job_attempt", "worker")


def workers() -> None:
    keyed(
        "worker",
        text("identity"),
        text("host"),
        integer("pid"),
        real("boot_time"),
        real("process_started"),
        text("routes"),
        text("version"),
        integer("protocol"),
        integer("started_at"),
        integer("beat_at"),
        integer("n_beats"),
        text("job_uid", nullable=True),
        text("progress", nullable=True),
        real("cpu_s"),
        integer("rss_bytes", nullable=True),
        integer("stopped_at", nullable=True),
        unique("worker", "identity"),
    )


def schedules() -> None:
    keyed(
        "schedule",
        text("name"),
        text("cron"),
        text("time_zone"),
        text("document"),
        text("route"),
        text("missed"),
        integer("created_at"),
        text("created_by"),
        integer("enabled"),
        integer("removed_at", nullable=True),
        unique("schedule", "name"),
        check("schedule", "missed", "missed IN ('skip', 'once', 'all')"),
    )
    keyed(
        "firing",
        text("schedule"),
        integer("due_at"),
        integer("decided_at"),
        text("job_uid", nullable=True),
        text("note"),
        integer("told_at", nullable=True),
        unique("firing", "schedule", "due_at"),
    )
