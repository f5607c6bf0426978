"""Opening a store: what is made, what is refused, and who may write when."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import time

import pytest
from sqlalchemy import insert, select

import db.engine
import db.session
from db.errors import (
    FullDiskError,
    LockedStoreError,
    NotADatabaseError,
    NotFoundError,
    ReadOnlyStoreError,
    StoreError,
)
from db.session import open_store
from db.tables import Hardware


def a_row(fingerprint="f", size=0):
    return {"fingerprint": fingerprint, "label": "x" * size, "facts": {}}


def add(store, fingerprint="f", size=0):
    with store.transaction() as connection:
        connection.execute(insert(Hardware), a_row(fingerprint, size))


def held(store):
    with store.transaction(reads_only=True) as connection:
        return connection.scalars(select(Hardware.fingerprint).order_by(Hardware.id)).all()


def test_a_store_that_is_not_there_is_made_and_keeps_what_it_is_given(url):
    with open_store(url) as store:
        add(store)
    with open_store(url) as store:
        assert held(store) == ["f"]


def test_a_transaction_that_fails_leaves_nothing(store):
    with pytest.raises(RuntimeError, match="half"), store.transaction() as connection:  # noqa: PT012
        connection.execute(insert(Hardware), a_row())
        raise RuntimeError("half way")
    assert held(store) == []


def test_a_store_opened_for_reading_refuses_to_write(url):
    open_store(url).close()
    with open_store(url, read_only=True) as store:
        assert held(store) == []
        with pytest.raises(ReadOnlyStoreError, match="can't be written"):
            add(store)


@pytest.mark.parametrize("options", [{"read_only": True}, {"create": False}])
def test_reading_makes_no_store(url, options):
    with pytest.raises(NotFoundError):
        open_store(url, **options)


def test_the_folder_of_a_new_store_is_made(tmp_path):
    path = tmp_path / "one" / "two" / "store.db"
    open_store(path).close()
    assert path.is_file()


def test_a_folder_that_can_not_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotFoundError, match="folder"):
        open_store(tmp_path / "file" / "store.db")


def test_signs_in_a_path_that_mean_something_in_an_address_are_part_of_the_name(tmp_path):
    path = tmp_path / "a b%20?mode=memory#c.db"
    open_store(path).close()
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(NotFoundError):
        open_store(tmp_path)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_of_another_kind_is_left_as_it_is(file, read_only):
    file.write_bytes(b"# Not a database\n" * 100)
    with pytest.raises(NotADatabaseError, match="isn't a store"):
        open_store(file, read_only=read_only)
    assert file.read_bytes() == b"# Not a database\n" * 100


@pytest.mark.parametrize("read_only", [False, True])
def test_another_program_s_database_is_left_as_it_is(file, read_only):
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    connection.close()
    with pytest.raises(NotADatabaseError, match="bookmarks"):
        open_store(file, read_only=read_only)
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    connection.close()


def test_an_empty_file_becomes_a_store_and_is_none_for_a_reader(file):
    file.touch()
    with pytest.raises(NotFoundError, match="empty"):
        open_store(file, read_only=True)
    open_store(file).close()
    open_store(file, read_only=True).close()


def test_writers_use_a_write_ahead_log_and_foreign_keys(opened):
    store = opened()
    with store.transaction(reads_only=True) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }
    assert store.warning == ""


def test_nothing_but_the_file_is_left_when_all_have_closed(opened, file):
    store = opened()
    add(store)
    store.close()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_second_writer_waits_as_long_as_it_was_told_and_says_so(opened):
    one, two = opened(), opened(busy_timeout_ms=60)
    with one.transaction() as connection:
        connection.execute(insert(Hardware), a_row())
        begin = time.perf_counter()
        with pytest.raises(LockedStoreError, match="Another program"):
            add(two, "g")
        assert 0.05 < time.perf_counter() - begin < 5
    add(two, "g")
    assert held(one) == ["f", "g"]


def test_a_writer_that_read_first_never_fails_for_having_read(opened):
    one, two = opened(), opened()
    with one.transaction() as connection:
        connection.execute(select(Hardware.id)).all()
        connection.execute(insert(Hardware), a_row())
    with two.transaction() as connection:
        connection.execute(select(Hardware.id)).all()
        connection.execute(insert(Hardware), a_row("g"))
    assert held(one) == ["f", "g"]


def test_readers_see_what_was_committed_and_wait_for_no_writer(opened):
    writer = opened()
    reader, other = opened(read_only=True, busy_timeout_ms=1), opened(busy_timeout_ms=1)
    add(writer)
    with writer.transaction() as connection:
        connection.execute(insert(Hardware), a_row("g"))
        assert held(reader) == held(other) == ["f"]
    assert held(reader) == ["f", "g"]


def test_a_full_disk_keeps_what_there_was(opened):
    store = opened()
    add(store)
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(FullDiskError, match="no room"):
        add(store, "g", size=100_000)
    assert held(store) == ["f"]
    add(store, "h")
    assert held(store) == ["f", "h"]


def test_a_file_without_the_right_to_write_is_read_and_not_written(opened, file, monkeypatch):
    store = opened()
    add(store)
    store.close()
    file.chmod(stat.S_IRUSR)
    monkeypatch.setattr(db.engine.os, "access", lambda *_: False)  # root may write all the same
    reader = opened(read_only=True)
    assert held(reader) == ["f"]
    with pytest.raises(ReadOnlyStoreError):
        add(reader, "g")
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_reader_without_rights_beside_a_writer_sees_the_writer_s_log(opened, monkeypatch):
    store = opened()
    add(store)
    monkeypatch.setattr(db.engine.os, "access", lambda *_: False)
    assert held(opened(read_only=True)) == ["f"]


def test_a_writer_on_a_read_only_file_is_told_so(file, opened, monkeypatch):
    opened().close()
    address = db.engine._address

    def read_only_address(path, *, read_only):
        return address(path, read_only=read_only).replace("mode=rwc", "mode=ro")

    monkeypatch.setattr(db.engine, "_address", read_only_address)
    with pytest.raises(StoreError) as caught:
        add(opened())
    assert isinstance(caught.value, ReadOnlyStoreError | NotFoundError)


def test_a_shared_file_system_gets_no_write_ahead_log_and_a_warning(opened, monkeypatch):
    monkeypatch.setattr(db.session, "shared_kind", lambda path: "nfs4")
    store = opened()
    add(store)
    assert "nfs4" in store.warning
    with store.transaction(reads_only=True) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"


def test_a_file_system_that_takes_no_log_is_noticed(file, opened, monkeypatch):
    engine_of = db.engine.engine_of

    def without_log(place, **options):
        return engine_of(place, **options | {"journal": "DELETE"})

    monkeypatch.setattr(db.session, "engine_of", without_log)
    assert "delete" in opened().warning


def test_a_store_opens_fast(opened):
    opened().close()
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        opened()
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.02


def _add_in_child(store):
    add(store, "from the child")
    os._exit(0)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_store_that_came_through_a_fork_opens_connections_of_its_own(store):
    add(store, "before")
    child = multiprocessing.get_context("fork").Process(target=_add_in_child, args=(store,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    add(store, "after")
    assert held(store) == ["before", "from the child", "after"]
