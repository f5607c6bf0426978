"""Opening a store, and the one place where a transaction begins, commits and rolls back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from db.engine import READS_ONLY, engine_of
from db.errors import NotFoundError, ReplacedError
from db.filesystem import FileId, file_id, shared_kind
from db.location import Location, locate
from db.schema import require_head, stored_revision
from db.translation import translated


@dataclass(frozen=True)
class Store:
    """An open store. ``warning`` is empty, or says what this place can't do."""

    engine: Engine
    location: Location
    read_only: bool
    warning: str = ""
    file: FileId | None = None

    @property
    def url(self) -> str:
        """The address as given, made absolute; with the password where it has one."""
        return self.location.url

    @property
    def path(self) -> Path | None:
        """The file; None for a server."""
        return self.location.path

    @contextmanager
    def transaction(self, *, reads_only: bool = False) -> Iterator[Connection]:
        """A connection in a transaction that commits at the end and rolls back on any error.

        A writer's transaction takes the write lock at once unless ``reads_only``. Errors of the
        database leave as a StoreError.
        """
        with (
            translated(str(self.location)),
            self.engine.connect().execution_options(**{READS_ONLY: reads_only}) as connection,
            connection.begin(),
        ):
            yield connection

    def require_same_file(self) -> None:
        """ReplacedError where the file was deleted, or another one put in its place.

        What is written goes on to the old one, where nobody will find it.
        """
        if self.path is None:
            return
        try:
            found = file_id(self.path)
        except OSError:  # nobody can tell
            return
        if found != self.file:
            raise ReplacedError(
                "The store's file was deleted, or another one was put in its place.",
                got=str(self.path),
                next_step="start again, with the store that is meant",
            )

    def close(self) -> None:
        """Close all connections; the store may be used again, which opens new ones."""
        with translated(str(self.location)):
            self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(
    url: str | os.PathLike[str],
    *,
    read_only: bool = False,
    create: bool = True,
    busy_timeout_ms: int = 30_000,
) -> Store:
    """The store at an URL or a path, its schema checked; a context manager that closes it.

    A store that isn't there is made, with its folder, unless ``read_only`` or not ``create``:
    then NotFoundError. SchemaVersionError where the schema is another program version's,
    NotADatabaseError where the file is something else, LockedStoreError where another writer
    holds it for longer than ``busy_timeout_ms``, ReadOnlyStoreError where it can't be written.
    """
    place = locate(url)
    may_create = create and not read_only
    if place.path is not None:
        _require_file(place.path, may_create=may_create)
    shared = "" if place.path is None or read_only else shared_kind(place.path)
    engine = engine_of(
        place,
        read_only=read_only,
        journal="DELETE" if shared else "WAL",
        busy_timeout_ms=busy_timeout_ms,
    )
    try:
        return _checked(Store(engine, place, read_only), shared=shared, may_create=may_create)
    except BaseException:
        engine.dispose()
        raise


def _require_file(path: Path, *, may_create: bool) -> None:
    if path.is_file():
        return
    if path.exists() or not may_create:
        raise NotFoundError(
            "There is no store at that place.",
            got=str(path),
            next_step="`bench-service run` or `bench-service submit` makes one; --db names another",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotFoundError(
            "The folder of the store can't be made.",
            got=f"{path.parent}: {error.strerror}",
            next_step="name another place with --db",
        ) from error


def _checked(store: Store, *, shared: str, may_create: bool) -> Store:
    with store.transaction(reads_only=True) as connection:
        revision = stored_revision(connection)
        journal = ""
        if store.path is not None and not store.read_only:
            journal = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
    if revision is None:
        if not may_create:
            raise NotFoundError("The store is empty.", got=str(store.location))
        from db.migrate import create_schema  # Alembic, for a store's first opening alone

        with store.transaction() as connection:
            create_schema(connection)
            revision = stored_revision(connection)
    require_head(str(revision), str(store.location))
    file = None if store.path is None else file_id(store.path)
    return Store(store.engine, store.location, store.read_only, _warning(shared, journal), file)


def _warning(shared: str, journal: str) -> str:
    if shared:
        return (
            f"The store is on a shared file system ({shared}): it is written without a"
            " write-ahead log, which is slower, and safe for one machine at a time."
        )
    if journal not in ("", "wal"):
        return f"The store's file system has no write-ahead log; journal mode is {journal}."
    return ""
