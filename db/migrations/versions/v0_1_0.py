"""The schema of release 0.1.0.

Types are written out rather than taken from ``db.types``: a migration says what was, whatever
the program says later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "v0_1_0"
down_revision = None
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
REAL: sa.Double[float] = sa.Double().with_variant(sqlite.REAL(), "sqlite")
TEXT = sa.Text()
BYTES = sa.LargeBinary()

ROLES = "role IN ('case', 'reference', 'alias', 'copy', 'floor')"

PROMISE = (
    ("format", "bench-service store"),
    ("times", "columns that end in _at: microseconds since 1970-01-01, UTC"),
    (
        "documents",
        "facts, parameters, code, state, stats and *_document: JSON, keys sorted, no NaN",
    ),
    (
        "arrays",
        "a codec byte, then little-endian numbers in measured order; the byte is the width of a"
        " number in bytes (1, 2, 4 or 8), plus 16 where they are compressed by zlib; integers"
        " are signed, times_ns of ci_benchmark is IEEE 754",
    ),
    (
        "block_flags",
        "bits of timing_block.flags: 1 warm-up, 2 preempted, 4 device throttled; flagged blocks"
        " are kept and left out of estimates",
    ),
)


def text(name: str, **options: bool) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=options.get("nullable", False))


def integer(name: str, **options: bool) -> sa.Column[int]:
    return sa.Column(name, INTEGER, nullable=options.get("nullable", False))


def table(name: str, *items: sa.schema.SchemaItem) -> None:
    op.create_table(name, *items, sqlite_strict=True)


def keyed(name: str, *items: sa.schema.SchemaItem) -> None:
    key = sa.PrimaryKeyConstraint("id", name=f"pk_{name}")
    table(name, integer("id"), *items, key)


def unique(name: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{name}_{'_'.join(columns)}")


def check(name: str, what: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{name}_{what}"))


def points_to(name: str, column: str, target: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{name}_{column}", ondelete=options.get("ondelete")
    )


def index(name: str, *columns: str) -> None:
    op.create_index(f"ix_{name}_{'_'.join(columns)}", name, list(columns))


def upgrade() -> None:
    catalogue()
    environment()
    run()
    timing()
    ci()


def catalogue() -> None:
    table("meta", text("key"), text("value"), sa.PrimaryKeyConstraint("key", name="pk_meta"))
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.bulk_insert(meta, [{"key": key, "value": value} for key, value in PROMISE])
    table(
        "quantity",
        text("symbol"),
        text("long_name"),
        text("unit"),
        text("better"),
        sa.PrimaryKeyConstraint("symbol", name="pk_quantity"),
        check("quantity", "better", "better IN ('lower', 'higher', 'neither')"),
    )
    keyed(
        "activation",
        text("name"),
        text("parameters"),
        integer("version"),
        text("family"),
        text("shape_class"),
        text("formula"),
        text("latex"),
        text("source"),
        unique("activation", "name", "parameters", "version"),
    )


def environment() -> None:
    keyed(
        "hardware",
        text("fingerprint"),
        text("label"),
        text("facts"),
        unique("hardware", "fingerprint"),
    )
    keyed(
        "software",
        text("fingerprint"),
        text("label"),
        text("torch_version"),
        text("facts"),
        unique("software", "fingerprint"),
    )
    keyed(
        "environment",
        text("fingerprint"),
        integer("hardware_id"),
        integer("software_id"),
        unique("environment", "fingerprint"),
        unique("environment", "hardware_id", "software_id"),
        points_to("environment", "hardware_id", "hardware"),
        points_to("environment", "software_id", "software"),
    )


def run() -> None:
    statuses = "status IN ('running', 'done', 'partial', 'failed', 'interrupted')"
    keyed(
        "run",
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
        unique("run", "uid"),
        check("run", "trigger", "\"trigger\" IN ('cli', 'ci', 'api', 'import')"),
        check("run", "status", statuses),
        check("run", "finished", "(status = 'running') = (finished_at IS NULL)"),
        points_to("run", "environment_id", "environment"),
    )
    for column in ("started_at", "label", "environment_id"):
        index("run", column)
    given = sa.text("idempotency_key IS NOT NULL")
    op.create_index(
        "uq_run_idempotency_key",
        "run",
        ["idempotency_key"],
        unique=True,
        sqlite_where=given,
        postgresql_where=given,
    )


def timing() -> None:
    keyed(
        "timing_case",
        text("fingerprint"),
        text("group_fingerprint"),
        text("activation"),
        text("parameters"),
        text("backend"),
        text("pass_name"),
        text("dtype"),
        integer("numel"),
        text("condition"),
        text("layout"),
        integer("threads"),
        text("input"),
        unique("timing_case", "fingerprint"),
    )
    index("timing_case", "group_fingerprint")
    keyed(
        "timing_outcome",
        integer("run_id"),
        integer("case_id"),
        integer("activation_id", nullable=True),
        text("label"),
        text("role"),
        text("status"),
        text("reason"),
        integer("n_calls"),
        sa.Column("saved_bytes_per_element", REAL, nullable=True),
        text("facts"),
        unique("timing_outcome", "run_id", "case_id", "role"),
        check("timing_outcome", "role", ROLES),
        check("timing_outcome", "status", "status IN ('ok', 'failed', 'skipped')"),
        points_to("timing_outcome", "run_id", "run", ondelete="CASCADE"),
        points_to("timing_outcome", "case_id", "timing_case"),
        points_to("timing_outcome", "activation_id", "activation"),
    )
    index("timing_outcome", "case_id")
    index("timing_outcome", "activation_id")
    keyed(
        "timing_part",
        integer("run_id"),
        text("group_fingerprint"),
        integer("process_ix"),
        integer("part"),
        integer("is_last"),
        integer("n_rounds"),
        integer("seed"),
        integer("started_at"),
        text("status"),
        text("reason"),
        text("facts"),
        unique("timing_part", "run_id", "group_fingerprint", "process_ix", "part"),
        points_to("timing_part", "run_id", "run", ondelete="CASCADE"),
    )
    arrays = ("wall_ns", "cpu_ns", "position", "involuntary_switches", "minor_faults", "flags")
    keyed(
        "timing_block",
        integer("part_id"),
        text("label"),
        text("role"),
        integer("case_id", nullable=True),
        integer("n_calls"),
        *(sa.Column(name, BYTES, nullable=False) for name in arrays),
        unique("timing_block", "part_id", "label"),
        check("timing_block", "role", ROLES),
        points_to("timing_block", "part_id", "timing_part", ondelete="CASCADE"),
        points_to("timing_block", "case_id", "timing_case"),
    )


def ci() -> None:
    keyed(
        "ci_benchmark",
        integer("run_id"),
        text("name"),
        text("fullname"),
        text("group_name"),
        text("parameters"),
        text("extra_info"),
        integer("n_rounds"),
        integer("iterations"),
        sa.Column("times_ns", BYTES, nullable=False),
        text("stats"),
        unique("ci_benchmark", "run_id", "fullname"),
        points_to("ci_benchmark", "run_id", "run", ondelete="CASCADE"),
    )
    index("ci_benchmark", "fullname")
