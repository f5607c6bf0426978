"""Runs from their beginning to their end, and nothing after that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from handed_over import (
    GROUPS,
    HEADER,
    child,
    count,
    every_way_to_write,
    give,
)
from slices import DIGITS

from bench_service.record import ActivationFacts, RecordedChild, Recorder
from bench_service.result import (
    RunStatus,
)
from db import queries
from db.errors import ClosedRunError, ReadOnlyStoreError, RefusedValueError, UnknownRunError
from db.session import open_store
from db.tables import Base, Firing, Job, JobAttempt, Run, Schedule, Worker


def test_a_run_is_found_as_it_began(recorder, store):
    began = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    header = replace(
        HEADER, label="mine", trigger="api", seed=2**62, n_planned=7, engine_version="0.1.0",
        code={"sha": "abc", "dirty": True}, started_at=began, hardware={"cpu": "Zen 4"},
        software={"packages": {"torch": "2.13.0"}}, hardware_label="a box", state={"load": 0.5},
        idempotency_key="k",
    )  # fmt: skip
    uid = recorder.begin_run(header)
    found = queries.run_header(store, uid)
    names = (
        "suite", "suite_document", "label", "trigger", "seed", "n_planned", "code",
        "engine_version", "started_at", "hardware_label", "state", "idempotency_key",
    )  # fmt: skip
    assert {name: found[name] for name in names} == {name: getattr(header, name) for name in names}
    # No process said that it measures it.
    assert (found["status"], found["finished_at"]) == ("interrupted", None)
    assert found["torch_version"] == "2.13.0"
    environment = {"hardware": header.hardware, "software": header.software}
    assert queries.environment(store, uid) == environment
    assert recorder.suite_document(uid) == header.suite_document


def test_runs_in_one_environment_share_it(recorder, store):
    for _ in range(3):
        recorder.begin_run(HEADER)
    assert queries.hardware(store).n_runs.tolist() == [3]


def test_ids_sort_by_the_time_at_which_runs_began(recorder):
    moments = [datetime(year, 6, 1, tzinfo=UTC) for year in (2025, 2026, 2040, 2058)]
    uids = [recorder.begin_run(replace(HEADER, started_at=moment)) for moment in moments]
    assert uids == sorted(uids)
    assert {len(uid) for uid in uids} == {10}


def test_an_id_that_is_taken_is_drawn_again(recorder, monkeypatch):
    drawn = iter(["aaaaaaaaaa", "aaaaaaaaaa", "bbbbbbbbbb"])
    monkeypatch.setattr("bench_service.record.recorder.new_uid", lambda moment: next(drawn))
    assert [recorder.begin_run(HEADER) for _ in range(2)] == ["aaaaaaaaaa", "bbbbbbbbbb"]


def test_the_same_request_twice_is_one_run(recorder, store):
    header = replace(HEADER, idempotency_key="job-7")
    first = recorder.begin_run(header)
    recorder.close_run(first, RunStatus.DONE)
    assert recorder.begin_run(header) == first
    assert recorder.begin_run(HEADER) != recorder.begin_run(HEADER)
    assert count(store, Run) == 3


@pytest.mark.parametrize("wrong", [{"label": "latest"}, {"trigger": "cron"}, {"seed": 2**63}])
def test_a_header_that_can_not_be_stored_begins_no_run(recorder, store, wrong):
    with pytest.raises(RefusedValueError):
        recorder.begin_run(replace(HEADER, **wrong))
    assert count(store, Run) == 0


@pytest.mark.parametrize("status", ["done", "partial", "failed", "interrupted"])
@pytest.mark.parametrize("way", ["outcome", "child", "slices", "ci", "close"])
def test_what_has_ended_is_never_changed(recorder, store, uid, status, way):
    recorder.workloads([DIGITS])
    give(recorder, uid, child())
    recorder.close_run(uid, status)
    before = queries.run_header(store, uid)
    with pytest.raises(ClosedRunError, match=status):
        every_way_to_write(recorder, uid)[way]()
    assert queries.run_header(store, uid) == before
    assert before["finished_at"] >= before["started_at"]


@pytest.mark.parametrize("way", ["outcome", "child", "slices", "ci", "close"])
def test_who_was_overtaken_writes_nothing_among_what_another_measures(recorder, store, uid, way):
    """It was suspended, or cut off from the store, for so long that another took the run up."""
    recorder.workloads([DIGITS])
    other = Recorder(store)
    other.reopen_run(uid)
    other.workloads([DIGITS])
    with pytest.raises(ClosedRunError, match="Another process has the run"):
        every_way_to_write(recorder, uid)[way]()
    every_way_to_write(other, uid)[way]()
    if way != "close":
        recorder.reopen_run(uid)
        every_way_to_write(recorder, uid)["close"]()


def test_of_two_that_begin_the_same_request_the_first_has_the_run(recorder, store):
    header, late = replace(HEADER, idempotency_key="job-7"), Recorder(store)
    uid = recorder.begin_run(header)
    assert late.begin_run(header) == uid
    assert (recorder.owns(uid), late.owns(uid)) == (True, False)
    with pytest.raises(ClosedRunError, match="Another process has the run"):
        late.close_run(uid, "interrupted")
    assert recorder.begin_run(header) == uid
    recorder.close_run(uid, "done")


@pytest.mark.parametrize("way", ["outcome", "child", "slices", "ci", "close"])
def test_nothing_is_written_for_a_run_that_is_not_there(recorder, way):
    recorder.workloads([DIGITS])
    with pytest.raises(UnknownRunError):
        every_way_to_write(recorder, "none")[way]()


def test_a_run_that_is_not_done_can_be_taken_up_again(recorder, store, uid):
    give(recorder, uid, child(is_last=False))
    for status in ("interrupted", "partial", "failed"):
        recorder.close_run(uid, status)
        recorder.reopen_run(uid)
        recorder.reopen_run(uid)
        assert queries.run_header(store, uid)["finished_at"] is None
    give(recorder, uid, child(part=1))
    recorder.close_run(uid, "done")
    with pytest.raises(ClosedRunError, match="done"):
        recorder.reopen_run(uid)
    assert recorder.recorded_children(uid)[GROUPS[0].fingerprint][0] == RecordedChild(4, 2, True)


def test_a_run_does_not_end_as_running(recorder, uid):
    with pytest.raises(RefusedValueError):
        recorder.close_run(uid, "running")
    with pytest.raises(RefusedValueError):
        recorder.close_run(uid, "lost")


def test_what_a_run_fills_is_every_table_but_those_of_the_service(recorder, store, uid):
    facts = ActivationFacts(
        name="gelu", family="f", shape_class="s", formula="f", latex="l", source="s"
    )
    recorder.activations([facts])
    recorder.workloads([DIGITS])
    for way in every_way_to_write(recorder, uid).values():
        way()
    empty = {table.name for table in Base.metadata.sorted_tables if not count(store, table)}
    assert empty == {table.__tablename__ for table in (Job, JobAttempt, Worker, Schedule, Firing)}


def test_a_store_opened_for_reading_gets_no_recorder(url):
    open_store(url).close()
    with open_store(url, read_only=True) as store, pytest.raises(ReadOnlyStoreError):
        Recorder(store)
