"""The one place where a database's errors become the store's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from db.errors import (
    FullDiskError,
    LockedStoreError,
    NotADatabaseError,
    NotFoundError,
    ReadOnlyStoreError,
    RefusedValueError,
    StoreError,
    UnreachableError,
)

_BY_MESSAGE: tuple[tuple[tuple[str, ...], type[StoreError], str, str], ...] = (
    (
        ("is locked", "lock timeout", "deadlock detected"),
        LockedStoreError,
        "Another program is writing to the store.",
        "wait for it to end, or raise the time that a writer waits",
    ),
    (
        ("readonly database", "read-only transaction", "query_only"),
        ReadOnlyStoreError,
        "The store can't be written.",
        "check who owns the file and its folder, or name another store with --db",
    ),
    (
        ("disk is full", "no space left"),
        FullDiskError,
        "There is no room left for the store; nothing of this step was kept.",
        "make room, or shrink the store with `bench-service db prune`",
    ),
    (
        ("file is not a database", "malformed", "file is encrypted"),
        NotADatabaseError,
        "The file isn't a store, or it is damaged.",
        "name another file with --db, or run `bench-service db check`",
    ),
    (
        ("starting up", "shutting down", "too many clients", "connection slots"),
        UnreachableError,
        "The store's server takes nobody at the moment.",
        "try again in a while",
    ),
    (
        ("connection failed", "connection refused", "connection timeout"),
        UnreachableError,
        "The store's server doesn't answer.",
        "check the address, and whether the server runs; `bench-service db path` prints it",
    ),
    (
        ("unable to open database file",),
        NotFoundError,
        "The store can't be opened.",
        "check the place and the rights to it; `bench-service db path` prints it",
    ),
)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Nothing; errors of SQLAlchemy and its drivers leave as a StoreError that names the place."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OverflowError) as error:
        raise _store_error(error, place) from error


def _store_error(error: Exception, place: str) -> StoreError:
    cause = error.orig if isinstance(error, StatementError) and error.orig else error
    refused = not isinstance(error, DBAPIError) and isinstance(error, StatementError)
    if refused or isinstance(error, (IntegrityError, DataError, OverflowError)):
        return RefusedValueError("The store doesn't hold such a value.", got=str(cause))
    for messages, kind, what, next_step in _BY_MESSAGE:
        if any(message in str(cause).lower() for message in messages):
            return kind(what, got=f"{place}: {_first_line(cause)}", next_step=next_step)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return UnreachableError("The store's server went away.", got=f"{place}: {cause}")
    return StoreError("The store failed.", got=f"{place}: {cause}")


def _first_line(cause: object) -> str:
    return str(cause).strip().partition("\n")[0]
