from __future__ import annotations

import pytest

from bench_service.timing.forker_client import Forker


@pytest.fixture(scope="module")
def own_lock(tmp_path_factory):
    """A lock of the tests' own, so that they don't wait for a run on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("lock") / "bench-service.lock"
        patch.setenv("BENCH_SERVICE_LOCK", str(path))
        yield path


@pytest.fixture(scope="module")
def forker(own_lock):
    with Forker() as forker:
        yield forker
