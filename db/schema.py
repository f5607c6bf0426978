"""The version of a store's schema, and whether this program may use it."""

from __future__ import annotations

from sqlalchemy import Connection, column, inspect, select, table

from db.errors import NotADatabaseError, SchemaVersionError
from db.tables import Base

HEAD = "v0_4_0"
"""The newest migration: the schema that this program reads and writes."""

VERSION_TABLE = "bench_service_schema"


def release(revision: str) -> str:
    """A migration's name as a release: ``0.1.0`` for ``v0_1_0``; other names as they are."""
    numbers = revision.removeprefix("v").split("_")
    return ".".join(numbers) if all(part.isdigit() for part in numbers) else revision


def stored_revision(connection: Connection) -> str | None:
    """The migration that a store is at; None for an empty one.

    NotADatabaseError where there are tables, and they aren't ours.
    """
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        version = table(VERSION_TABLE, column("version_num"))
        found = connection.scalars(select(version.c.version_num)).all()
        if len(found) == 1:
            return str(found[0])
    elif not names or (_is_shared(connection) and not names & set(Base.metadata.tables)):
        return None
    raise NotADatabaseError(
        "The database holds tables that this program didn't make.",
        got=", ".join(sorted(names)[:8]),
        next_step="name another file or database with --db",
    )


def _is_shared(connection: Connection) -> bool:
    """True for a server's database, which may hold other programs' tables beside ours."""
    return connection.dialect.name != "sqlite"


def require_head(revision: str, place: str) -> None:
    """Nothing; SchemaVersionError, with both versions, where the store isn't at ours."""
    if revision == HEAD:
        return
    if is_newer(revision):
        raise SchemaVersionError(
            f"The store was made by a newer program: its schema is {release(revision)},"
            f" this program's is {release(HEAD)}.",
            got=place,
            next_step="upgrade bench-service, or name another store with --db",
        )
    raise SchemaVersionError(
        f"The store's schema is {release(revision)}, this program's is {release(HEAD)}.",
        got=place,
        next_step="run `bench-service db upgrade` (it makes a backup first)",
    )


def is_newer(revision: str) -> bool:
    """True for a later release's schema, and for one that this program has never heard of."""
    numbers = release(revision).split(".")
    if not all(part.isdigit() for part in numbers):
        return True
    return [int(n) for n in numbers] > [int(n) for n in release(HEAD).split(".")]
