"""Making and upgrading a schema with Alembic, configured here: there is no alembic.ini."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from db.engine import engine_of
from db.errors import NotFoundError, StoreError
from db.location import locate
from db.maintenance import backup
from db.schema import HEAD, is_newer, release, require_head, stored_revision
from db.session import Store

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x62656E6368  # PostgreSQL's advisory lock: one program changes the schema at a time


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade did: both schema versions, and the backup that it made first."""

    before: str
    after: str
    backup: Path | None
    """None where nothing had to be done, and for a server, whose backups are its owner's."""


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is already in a transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def create_schema(connection: Connection) -> None:
    """Bring an empty store to the newest schema; no effect where someone else just did."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    if stored_revision(connection) is None:
        command.upgrade(configuration(connection), "head")


def upgrade(url: str | os.PathLike[str]) -> Upgrade:
    """What was done: the store brought to this program's schema, a backup beside it first.

    NotFoundError where there is none, SchemaVersionError where it is newer than this program.
    Either the whole upgrade takes place or none of it.
    """
    place = locate(url)
    if place.path is not None and not place.path.is_file():
        raise NotFoundError("There is no store at that place.", got=str(place))
    # Rebuilding a table with foreign keys on would empty those that point to it.
    store = Store(engine_of(place, foreign_keys=False), place, read_only=False)
    with store:
        with store.transaction(reads_only=True) as connection:
            before = stored_revision(connection)
        if before is None:
            raise NotFoundError("The store is empty.", got=str(place))
        if is_newer(before):
            require_head(before, str(place))
        if before == HEAD:
            return Upgrade(release(before), release(before), None)
        copy = backup(store, note=f"schema-{release(before)}") if place.path else None
        with store.transaction() as connection:
            _upgrade(connection)
    return Upgrade(release(before), release(HEAD), copy)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    command.upgrade(configuration(connection), "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(3)
        if broken:
            raise StoreError("The upgrade would leave rows without their owners.", got=str(broken))
