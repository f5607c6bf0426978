"""The exceptions that the store raises.

::

    StoreError                what was wrong, what was given, what is allowed, what to do next
    ├── NotFoundError         there is no store at that place
    ├── NotADatabaseError     there is something, and it isn't a store of ours
    ├── SchemaVersionError    the store's schema is older or newer than this program's
    ├── ReadOnlyStoreError    the store was to be written and can't be
    ├── LockedStoreError      another writer held the store for longer than we wait
    ├── FullDiskError         no room left; nothing of the transaction was kept
    ├── RefusedValueError     a value that the store doesn't hold, such as NaN
    ├── TooManyRowsError      a question with a longer answer than was allowed
    ├── UnknownRunError       no run, or more than one, goes by that reference
    └── ClosedRunError        a run that has ended is never changed
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError


class StoreError(Exception):
    """Base of everything the store raises: four parts, each a plain sentence or empty."""

    def __init__(self, what: str, *, got: str = "", allowed: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.got = got
        self.allowed = allowed
        self.next_step = next_step

    def __str__(self) -> str:
        labelled = (
            (self.what, ""),
            (self.got, "got: "),
            (self.allowed, "allowed: "),
            (self.next_step, "next: "),
        )
        return "\n".join(label + text for text, label in labelled if text)


class NotFoundError(StoreError):
    """There is no store at that place, or no way to reach it."""


class NotADatabaseError(StoreError):
    """A file or a database that isn't a store of this program."""


class SchemaVersionError(StoreError):
    """The store's schema is another one than this program's; both versions are named."""


class ReadOnlyStoreError(StoreError):
    """The store can't be written."""


class LockedStoreError(StoreError):
    """Another writer held the store for longer than we wait."""


class FullDiskError(StoreError):
    """There is no room left; nothing of the transaction was kept."""


class RefusedValueError(StoreError):
    """A value that the store doesn't hold."""


class TooManyRowsError(StoreError):
    """The answer has more rows than the caller allowed."""


class UnknownRunError(StoreError):
    """No run, or more than one, goes by that reference; the candidates are listed."""


class ClosedRunError(StoreError):
    """A run that has ended is never changed."""


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
        ("unable to open database file", "connection failed", "connection refused"),
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
            return kind(what, got=place, next_step=next_step)
    return StoreError("The store failed.", got=f"{place}: {cause}")
