"""The schema of release 0.4.0: who may write a run, and whose process ids a worker's is one of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "v0_4_0"
down_revision = "v0_3_0"
branch_labels = None
depends_on = None


INTEGER = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


def upgrade() -> None:
    op.add_column("run", sa.Column("epoch", INTEGER, nullable=False, server_default="0"))
    op.add_column("worker", sa.Column("process_space", sa.Text(), nullable=True))
