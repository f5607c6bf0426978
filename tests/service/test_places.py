"""Where the queue is, and where it may not be."""

from __future__ import annotations

import pytest

from bench_service.errors import JobError
from bench_service.service import places
from bench_service.service.places import queue_of
from db.location import locate

SERVER = "postgresql+psycopg://ann:secret@lab:5433/benchmarks"


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch):
    monkeypatch.delenv("BENCH_SERVICE_QUEUE", raising=False)


def test_a_file_has_its_queue_beside_it(tmp_path):
    assert queue_of(locate(tmp_path / "store.db")).path == tmp_path / "store.queue.db"
    assert queue_of(locate(tmp_path / "runs")).path == tmp_path / "runs.queue.db"


def test_a_database_has_its_queue_on_the_same_server():
    assert queue_of(locate(SERVER)).url == f"{SERVER}_queue"


def test_a_socket_and_other_options_are_kept():
    place = queue_of(locate("postgresql+psycopg://ann@/benchmarks?host=/run/pg"))
    assert place.url == "postgresql+psycopg://ann@/benchmarks_queue?host=%2Frun%2Fpg"


def test_a_place_that_is_named_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_QUEUE", f" {tmp_path / 'mine.db'} ")
    assert queue_of(locate(SERVER)).path == tmp_path / "mine.db"


@pytest.mark.parametrize("store", ["/data/store.db", SERVER])
def test_the_stores_own_place_is_refused_without_a_password(store, monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_QUEUE", store)
    with pytest.raises(JobError, match="needs a database of its own") as error:
        queue_of(locate(store))
    assert "secret" not in str(error.value)


def test_a_file_on_a_shared_file_system_is_refused_and_why(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "shared_kind", lambda path: "nfs4")
    with pytest.raises(JobError, match=r"shared file system \(nfs4\), whose locks may fail"):
        queue_of(locate(tmp_path / "store.db"))
    assert queue_of(locate(SERVER)).path is None


def test_a_queue_of_another_kind_than_the_stores_is_allowed(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_QUEUE", SERVER)
    assert queue_of(locate(tmp_path / "store.db")).path is None
