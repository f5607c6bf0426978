"""Looking after a store: what is found, what is copied, what is let go."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from db import maintenance
from db.errors import RefusedValueError, StoreError
from db.session import open_store
from db.tables import Environment, Hardware, Run, Software, TimingBlock, TimingPart
from db.types import canonical_json

NOW = datetime.now(UTC)


def add_run(connection, uid, *, days, label=None, status="done"):
    run_id = connection.scalar(
        insert(Run).returning(Run.id),
        {
            "uid": uid, "label": label, "suite": "quick", "suite_document": {}, "trigger": "cli",
            "status": status, "started_at": NOW - timedelta(days=days),
            "finished_at": None if status == "running" else NOW, "environment_id": 1, "seed": 0,
            "engine_version": "", "code": {}, "state": {}, "idempotency_key": None, "n_planned": 0,
        },
    )  # fmt: skip
    part_id = connection.scalar(
        insert(TimingPart).returning(TimingPart.id),
        {
            "run_id": run_id, "group_fingerprint": "g", "process_ix": 0, "part": 0, "is_last": True,
            "n_rounds": 1, "seed": 0, "started_at": NOW, "status": "ok", "reason": "", "facts": {},
        },
    )  # fmt: skip
    arrays = ("wall_ns", "cpu_ns", "position", "involuntary_switches", "minor_faults", "flags")
    numbers = [random.getrandbits(60) for _ in range(2000)]
    connection.execute(
        insert(TimingBlock),
        {
            "part_id": part_id, "label": "relu", "role": "case", "case_id": None, "n_calls": 1,
            **dict.fromkeys(arrays, numbers),
        },
    )  # fmt: skip


@pytest.fixture
def filled(store):
    """A store with old and young, labelled and open runs."""
    with store.transaction() as connection:
        connection.execute(insert(Hardware), {"fingerprint": "h", "label": "", "facts": {}})
        software = {"fingerprint": "s", "label": "", "torch_version": "", "facts": {}}
        connection.execute(insert(Software), software)
        environment = {"fingerprint": "e", "hardware_id": 1, "software_id": 1}
        connection.execute(insert(Environment), environment)
        add_run(connection, "older", days=40)
        add_run(connection, "old", days=31, status="interrupted")
        add_run(connection, "labelled", days=400, label="release 1")
        add_run(connection, "killed", days=50, status="running")
        add_run(connection, "measuring", days=6, status="running")
        add_run(connection, "young", days=29)
    return store


def uids(store):
    with store.transaction(reads_only=True) as connection:
        return set(connection.scalars(text("SELECT uid FROM run")))


def n_blocks(store):
    with store.transaction(reads_only=True) as connection:
        return connection.scalar(text("SELECT count(*) FROM timing_block"))


def test_a_dry_run_says_what_would_go_and_changes_nothing(filled):
    pruning = maintenance.prune(filled, 30, dry_run=True)
    assert [run.uid for run in pruning.runs] == ["killed", "older", "old"]
    assert pruning.n_blocks == 3
    assert len(uids(filled)) == n_blocks(filled) == 6


def test_pruning_lets_go_of_old_runs_with_all_that_hangs_off_them(filled):
    pruning = maintenance.prune(filled, 30)
    assert [run.uid for run in pruning.runs] == ["killed", "older", "old"]
    assert uids(filled) == {"labelled", "measuring", "young"}
    assert n_blocks(filled) == 3
    if filled.path is not None:
        assert pruning.bytes_after < pruning.bytes_before
    assert maintenance.check(filled).problems == ()
    assert maintenance.prune(filled, 30).runs == ()
    assert [run.uid for run in maintenance.prune(filled, 1).runs] == ["young"]


@pytest.mark.parametrize("days", [-1, float("nan"), float("inf")])
def test_an_age_that_is_none_is_refused(store, days):
    with pytest.raises(RefusedValueError):
        maintenance.prune(store, days)


def test_a_sound_store_has_no_problems(filled):
    health = maintenance.check(filled)
    assert (health.schema, health.problems) == ("0.3.0", ())


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
