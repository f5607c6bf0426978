"""A queue that is made where it isn't, and begun anew where somebody deleted it."""

from __future__ import annotations

import pytest
from databases import drop, new_database
from waited_for import until

from bench_service.errors import JobError
from bench_service.service.engine import Engine, JobQueue
from bench_service.service.making import make_database
from bench_service.service.pace import Pace
from db.location import locate

NOWHERE = locate("postgresql://ann:secret@127.0.0.1:1/none")


@pytest.fixture
def pace():
    return Pace(idle_s=0.05)


@pytest.fixture
def engine_at(pace):
    """``engine_at(place)``: an engine that is stopped when the test ends."""
    made = []

    def engine(place):
        made.append(Engine(place, "lab/a", ("cpu",), pace))
        return made[-1]

    yield engine
    for each in made:
        each.stop()


def test_a_file_that_was_deleted_is_noticed_and_begun_anew(tmp_path, engine_at):
    place, done = locate(tmp_path / "store.queue.db"), []
    engine = engine_at(place)
    engine.launch(done.append)
    assert not engine.is_lost()
    place.path.unlink()
    assert engine.is_lost()
    engine.relaunch(done.append)
    assert not engine.is_lost()
    with JobQueue(place) as queue:
        queue.enqueue("one", "cpu")
    until(lambda: done == ["one"])


def test_a_file_that_another_worker_made_anew_is_noticed(tmp_path, engine_at):
    place = locate(tmp_path / "store.queue.db")
    engine = engine_at(place)
    engine.launch(lambda uid: None)
    kept = place.path.rename(tmp_path / "kept.db")  # so that the new one has another number
    place.path.write_bytes(kept.read_bytes())
    assert engine.is_lost()


def test_a_database_that_was_dropped_is_noticed_and_made_anew(postgresql, engine_at):
    place, done = locate(new_database(postgresql)), []
    engine = engine_at(place)
    engine.launch(done.append)
    assert not engine.is_lost(asks_server=True)
    drop(postgresql, place.url)
    assert engine.is_lost(asks_server=True)
    engine.relaunch(done.append)
    assert not engine.is_lost(asks_server=True)
    with JobQueue(place) as queue:
        queue.enqueue("one", "cpu")
    until(lambda: done == ["one"])
    engine.stop()
    drop(postgresql, place.url)


def test_a_database_that_is_there_stays_and_one_that_is_not_is_made_once(postgresql):
    place = locate(new_database(postgresql))
    make_database(place)
    drop(postgresql, place.url)
    make_database(place)
    make_database(place)
    drop(postgresql, place.url)


def test_where_nobody_can_tell_whether_the_queue_is_there_that_is_said(engine_at):
    engine = engine_at(NOWHERE)
    with pytest.raises(JobError, match="can't be used"):
        engine.launch(lambda uid: None)
    engine._is_launched = True
    with pytest.raises(JobError, match="can't be used"):
        engine.is_lost(asks_server=True)


def test_a_queue_that_could_not_be_begun_anew_is_still_lost(postgresql, engine_at, monkeypatch):
    """Another worker may have made it again meanwhile: this one must join it."""
    place, done = locate(new_database(postgresql)), []
    engine = engine_at(place)
    engine.launch(done.append)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "_place", NOWHERE)
        with pytest.raises(JobError, match="can't be used"):
            engine.relaunch(done.append)
    assert engine.is_lost()
    engine.relaunch(done.append)
    assert not engine.is_lost(asks_server=True)
    with JobQueue(place) as queue:
        queue.enqueue("one", "cpu")
    until(lambda: done == ["one"])
    engine.stop()
    drop(postgresql, place.url)
