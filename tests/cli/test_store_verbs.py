from __future__ import annotations

import os
import sqlite3
import tempfile
from functools import partial
from pathlib import Path

import pytest

from db import session
from db.schema import VERSION_TABLE

READING = [["runs"], ["show", "latest"], ["compare", "a", "b"], ["db", "check"]]


def test_the_path_is_one_line(call, db):
    assert call("db", "path", "--db", db).out == f"{db}\n"
    document = call("db", "path", "--db", db, "--json").document
    assert document == {"url": f"sqlite:///{db}", "path": str(db)}


def test_a_password_is_never_printed(call):
    url = "postgresql://someone:secret@localhost/bench"
    for words in (["db", "path"], ["db", "path", "--json"]):
        said = call(*words, "--db", url)
        assert said.status == 0
        assert "secret" not in said.out + said.err


@pytest.mark.parametrize("words", READING, ids=" ".join)
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nothing.db", "no store at that place"),
        ("mysql://host/x", "isn't the address of a store"),
        ("sqlite://", "isn't the address of a store"),
        ("/dev/null", "no store at that place"),
        (".", "no store at that place"),
    ],
)
def test_what_isnt_a_store_is_refused(call, tmp_path, monkeypatch, words, url, said):
    monkeypatch.chdir(tmp_path)
    answer = call(*words, "--db", url)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "nothing.db").exists()


@pytest.mark.parametrize("words", [*READING, ["run", "smoke"], ["db", "upgrade"]], ids=" ".join)
def test_a_file_that_is_no_database_is_left_alone(call, db, words):
    db.write_text("a shopping list, long enough to be taken for a file of some other program" * 20)
    before = db.read_bytes()
    said = call(*words, "--db", db)
    assert said.status == 2 or (words == ["db", "check"] and said.status == 1)
    assert str(db) in said.err + said.out
    assert "Traceback" not in said.err
    assert db.read_bytes() == before


@pytest.mark.parametrize("words", [*READING, ["run", "smoke"]], ids=" ".join)
def test_a_store_of_another_version_names_both_and_the_command(call, db, recorded, words):
    recorded.run(db, names=["relu"], children=1)
    with sqlite3.connect(db) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = 'v9_0_0'")
    connection.close()
    said = call(*words, "--db", db)
    assert said.status == 2
    assert "9.0.0" in said.err
    assert "0.4.0" in said.err
    assert "next: " in said.err


def test_a_store_that_another_program_holds_is_said_to_be(call, db, recorded, monkeypatch):
    recorded.run(db, names=["relu"], children=1)
    monkeypatch.setattr(session, "open_store", partial(session.open_store, busy_timeout_ms=50))
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    said = call("run", "smoke", "--db", db)
    assert said.status == 2
    assert "Another program is writing to the store" in said.err
    assert call("runs", "--db", db).status == 0  # who reads never waits
    other.close()


def test_a_store_that_cant_be_written_can_still_be_read(call, recorded):
    # The superuser may write anything, so the test is somebody else meanwhile.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        uid = recorded.run(path, names=["relu"], children=2)
        call("plan", "smoke")  # what is imported is there before the rights go
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        is_superuser = os.getuid() == 0
        if is_superuser:
            os.setresuid(65534, 65534, 0)
        try:
            written, read = call("run", "smoke", "--db", path), call("runs", "--db", path)
        finally:
            if is_superuser:
                os.setresuid(0, 0, 0)
            Path(folder).chmod(0o755)
    assert written.status == 2
    assert "can't be written" in written.err
    assert read.status == 0
    assert uid in read.out


def test_a_sound_store_and_its_backup_and_its_upgrade(call, db, recorded, tmp_path):
    uid = recorded.run(db, names=["relu"], children=1)
    assert call("db", "check", "--db", db).out.startswith("The store is sound: schema 0.4.0")
    assert call("db", "check", "--db", db, "--json").document["problems"] == []
    assert "already" in call("db", "upgrade", "--db", db).out
    copy = tmp_path / "copy.db"
    assert call("db", "backup", copy, "--db", db, "--json").document == {"backup": str(copy)}
    assert uid in call("runs", "--db", copy).out
    assert call("db", "backup", copy, "--db", db).status == 2


def test_letting_runs_go_says_which_and_a_dry_run_only_says_it(call, db, recorded):
    old = recorded.run(db, names=["relu"], children=1)
    kept = recorded.run(db, names=["relu"], children=1, label="kept")
    dry = call("db", "prune", "--dry-run", "--older-than", "1", "--db", db)
    assert old in dry.out
    assert "1 run would go" in dry.out
    document = call("db", "prune", "--older-than", "1", "--db", db, "--json").document
    assert [run["id"] for run in document["runs"]] == [old]
    assert [row["id"] for row in call("runs", "--db", db, "--json").document] == [kept]
    assert call("db", "prune", "--older-than", "nan", "--db", db).status == 2


def test_what_goes_with_the_runs_is_said_by_its_kind(call, db, recorded):
    recorded.run(db, names=["relu"], children=1, label="kept")
    assert "0 runs would go; the store takes" in call("db", "prune", "--dry-run", "--db", db).out
    recorded.run(db, names=["relu", "gelu"], children=2)
    recorded.session(db)
    said = call("db", "prune", "--dry-run", "--older-than", "1", "--db", db).out
    # of two groups, two children each: both entries, two more of relu, copies and the call floor
    assert "2 runs would go with 24 rows of timed blocks, 1 benchmark; the store" in said
    document = call("db", "prune", "--older-than", "1", "--db", db, "--json").document
    counts = {name: document[name] for name in ("n_blocks", "n_slices", "n_benchmarks")}
    assert counts == {"n_blocks": 24, "n_slices": 0, "n_benchmarks": 1}


def test_the_pages_of_an_impossible_store_arent_started(call):
    assert call("dashboard", "--db", "mysql://x/y").status == 2
