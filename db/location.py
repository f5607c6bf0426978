"""Where the store is: a file's path or a server's address."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from db.errors import NotFoundError

ENVIRONMENT_VARIABLE = "BENCH_SERVICE_DB"
_SQLITE = "sqlite:///"
_SERVERS = ("postgresql+psycopg", "postgresql", "postgres")


@dataclass(frozen=True)
class Location:
    """A place of a store: ``path`` for a SQLite file, None for a PostgreSQL server."""

    url: str
    path: Path | None

    def __str__(self) -> str:
        """The address without a password."""
        return make_url(self.url).render_as_string() if self.path is None else self.url


def default_url() -> str:
    """``BENCH_SERVICE_DB`` where it is set, else the user's own store."""
    return os.environ.get(ENVIRONMENT_VARIABLE, "").strip() or user_url()


def user_url() -> str:
    """A file in the user's data directory: what is used where nobody names another."""
    return f"{_SQLITE}{user_data_path('bench-service') / 'store.db'}"


def locate(url: str | os.PathLike[str]) -> Location:
    """The place that an URL or a bare path names; NotFoundError for any other kind of address."""
    text = os.fspath(url)
    kind, found, rest = text.partition("://")
    if not found or kind == "sqlite":
        bare = rest.removeprefix("/") if found else text
        if not bare or bare == ":memory:" or (found and not rest.startswith("/")):
            raise _unusable(text)
        path = Path(bare).expanduser().absolute()
        return Location(f"{_SQLITE}{path}", path)
    if kind not in _SERVERS:
        raise _unusable(text)
    address = f"{_SERVERS[0]}://{rest}"
    try:
        make_url(address)
    except ArgumentError as error:
        raise _unusable(text) from error
    return Location(address, None)


def _unusable(text: str) -> NotFoundError:
    return NotFoundError(
        "That isn't the address of a store.",
        got=repr(text),
        allowed="a path, sqlite:///PATH, or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE",
        next_step="correct --db or BENCH_SERVICE_DB",
    )
