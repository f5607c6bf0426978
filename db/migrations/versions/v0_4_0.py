"""The schema of release 0.4.0: a worker says whose process ids its own is one of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0_4_0"
down_revision = "v0_3_0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("worker", sa.Column("process_space", sa.Text(), nullable=True))
