"""Alembic's entry: runs the migrations on the connection that ``db.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from db.schema import VERSION_TABLE
from db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite changes a table by building it anew
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
