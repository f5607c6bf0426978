"""Looking after a store: what is found and what is copied."""

from __future__ import annotations

import pytest
from service_rows import at, give_firing, give_job, give_worker
from sqlalchemy import text

from db import maintenance
from db.errors import StoreError
from db.session import open_store
from db.types import canonical_json


def uids(store):
    with store.transaction(reads_only=True) as connection:
        return set(connection.scalars(text("SELECT uid FROM run")))


def test_a_sound_store_has_no_problems(filled):
    health = maintenance.check(filled)
    assert (health.schema, health.problems) == ("0.4.0", ())


def test_rows_without_their_owners_are_found(opened):
    store = opened()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("INSERT INTO environment VALUES (1, 'e', 7, 8)")
    problems = maintenance.check(store).problems
    assert sorted(problems) == [
        "row 1 of environment has no hardware",
        "row 1 of environment has no software",
    ]


def test_jobs_that_are_named_and_not_there_are_found(store):
    give_job(store, "known")
    give_firing(store, due_at=at(1), job_uid="known")
    give_firing(store, due_at=at(2), job_uid="lost")
    give_firing(store, due_at=at(3), job_uid=None)
    give_worker(store, "lab/a", job_uid="gone")
    give_worker(store, "lab/b", job_uid="known")
    assert maintenance.check(store).problems == (
        "row 2 of firing has no job lost",
        "row 1 of worker has no job gone",
    )


def test_damage_is_found(filled, file):
    if filled.path is None:
        pytest.skip("a server looks after its own pages")
    with filled.transaction(reads_only=True) as connection:
        page = connection.scalar(text("SELECT rootpage FROM sqlite_master WHERE name = 'run'"))
    filled.close()
    content = bytearray(file.read_bytes())
    content[4096 * (page - 1) : 4096 * (page - 1) + 200] = b"\xff" * 200
    file.write_bytes(content)
    with open_store(file, read_only=True) as store:
        assert maintenance.check(store).problems != ()


def test_a_copy_is_complete_and_never_overwrites(filled, tmp_path):
    if filled.path is None:
        with pytest.raises(StoreError, match="pg_dump"):
            maintenance.backup(filled)
        return
    target = tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    assert maintenance.backup(filled, target) == target
    with open_store(target, read_only=True) as copy:
        assert uids(copy) == uids(filled)
    with pytest.raises(StoreError, match="file of that name"):
        maintenance.backup(filled, target)
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]


def test_a_store_opened_for_reading_can_be_copied_and_stays_so(opened):
    opened().close()
    reader = opened(read_only=True)
    first, second = maintenance.backup(reader), maintenance.backup(reader)
    assert first != second
    assert first.name.startswith("store.db.backup.")
    with reader.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 1


def test_size_counts_the_file_and_its_log(filled):
    assert maintenance.size(filled) > 5 * 6 * 2000 * 8 * 0.9
    assert canonical_json({"size": maintenance.size(filled)})
