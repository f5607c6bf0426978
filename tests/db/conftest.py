"""Stores of tests of the store itself: runs in them, and what released programs left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from golden_stores import RELEASES, golden
from handed_over import HEADER
from old_runs import fill

from bench_service.record import Recorder
from db.session import Store, open_store


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
