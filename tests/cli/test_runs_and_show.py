from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from bench_service.contract import RUN_FIELDS, TIMING_FIELDS
from bench_service.result import RunStatus

# The command line's contract, word for word: others build on it.
RUN = "id label suite status started_at finished_at n_cases n_ok n_failed environment"
TIMING = (
    "activation params backend pass dtype numel layout threads input status reason time_ns "
    "time_low_ns time_high_ns ratio ratio_low ratio_high n_processes n_rounds verdict quality "
    "quality_reason bytes_per_s fraction_of_copy saved_bytes_per_element faults_per_call aa_ratio "
    "aa_low aa_high"
)
STARTED = datetime(2026, 3, 1, tzinfo=UTC)
SOMEBODY_ELSE = {"host": "elsewhere", "boot_time": 1, "pid": 1, "process_started": 1.0}


def alive():
    process = psutil.Process()
    started = process.create_time()
    boot = int(psutil.boot_time())
    return {
        "host": platform.node(), "boot_time": boot, "pid": os.getpid(), "process_started": started
    }  # fmt: skip


def test_the_fields_are_those_that_were_promised():
    assert RUN.split() == list(RUN_FIELDS)
    assert TIMING.split() == list(TIMING_FIELDS)


def test_a_done_run_shows_every_promised_field_and_no_other(call, db, recorded):
    uid = recorded.run(db, label="größe [bold]✓[/] :smile:")
    document = call("show", uid, "--json", "--db", db).document
    assert set(document) == {"run", "timing", "training", "timing_conditions"}
    assert list(document["run"]) == RUN.split()
    assert len(document["timing"]) == 6
    assert all(list(row) == TIMING.split() for row in document["timing"])
    assert document["training"] == []
    assert document["run"]["status"] == "done"
    gelu = next(row for row in document["timing"] if row["activation"] == "gelu")
    assert gelu["ratio"] == pytest.approx(3, rel=0.02)
    assert gelu["verdict"] == "slower"


def test_a_run_as_text_says_what_is_known_of_it(call, db, recorded):
    uid = recorded.run(db, label="größe [bold]✓[/] :smile:")
    said = call("show", uid, "--db", db)
    assert (said.status, said.err) == (0, "")
    assert f"Run {uid} (größe [bold]✓[/] :smile:), suite smoke, done" in said.out
    assert "Began 2026-03-01 12:00 UTC, 9 s" in said.out
    assert "forward, 1,024 float32, cpu-eager\n" in said.out
    assert "each ratio comes from 8 processes" in said.out
    assert "\x1b" not in said.out


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": RunStatus.PARTIAL, "failed": ["gelu"]}, "partial"),
        ({"status": RunStatus.FAILED, "failed": ["gelu", "relu", "leaky_relu"]}, "failed"),
        ({"status": RunStatus.INTERRUPTED, "children": 2}, "interrupted"),
        ({"status": RunStatus.INTERRUPTED, "children": 0}, "interrupted"),
        ({"status": RunStatus.FAILED, "skipped": ["gelu", "relu", "leaky_relu"]}, "failed"),
        ({"status": RunStatus.INTERRUPTED, "names": []}, "interrupted"),
        ({"status": None, "children": 1}, "interrupted"),
        ({"status": None, "state": alive()}, "partial"),
        ({"status": None, "state": SOMEBODY_ELSE, "started_at": datetime.now(UTC)}, "partial"),
        ({"status": None, "state": SOMEBODY_ELSE}, "interrupted"),
        ({"status": None, "state": {**alive(), "process_started": 1.0}}, "interrupted"),
        ({"status": None, "state": {**alive(), "boot_time": 1}}, "interrupted"),
    ],
)
def test_a_run_that_isnt_done_is_one_of_four_things(call, db, recorded, changes, status):
    uid = recorded.run(db, **changes)
    document = call("show", uid, "--json", "--db", db).document
    assert document["run"]["status"] == status
    assert all(list(row) == TIMING.split() for row in document["timing"])
    listed = call("runs", "--json", "--db", db).document
    assert [row["status"] for row in listed] == [status]
    text = call("show", uid, "--db", db)
    assert (text.status, text.err) == (0, "")
    assert uid in text.out


def test_failures_and_skips_stand_with_their_reasons(call, db, recorded):
    uid = recorded.run(db, failed=["gelu"], skipped=["leaky_relu"], status=RunStatus.PARTIAL)
    said = call("show", uid, "--db", db).out
    assert "Failed\n  2 cases, gelu: It raised [bold]ValueError[/]: :no:\n" in said
    assert "Skipped\n  2 cases, leaky_relu: It needs 140.0 GB at once.\n" in said
    rows = call("show", uid, "--db", db, "--json").document["timing"]
    failed = [row for row in rows if row["status"] == "failed"]
    assert all(row["time_ns"] is row["ratio"] is row["verdict"] is None for row in failed)


def test_cases_that_were_checked_and_not_timed_are_said_to_be(call, db, recorded):
    uid = recorded.run(db, children=0, status=RunStatus.INTERRUPTED)
    said = call("show", uid, "--db", db).out
    assert "6 cases checked and not yet timed." in said
    assert "Nothing was measured, so nothing can be said." in said


def test_a_test_session_shows_its_benchmarks_and_no_verdicts(call, db, recorded):
    uid = recorded.session(db)
    said = call("show", uid, "--db", db)
    assert (said.status, said.err) == (0, "")
    assert "A test session: 1 benchmark that pytest-benchmark measured." in said.out
    assert re.search(r"test_engine.py::test_gelu\[1024\] +2 µs", said.out)
    assert "no verdicts" in said.out
    assert "to ReLU" not in said.out
    document = call("show", uid, "--db", db, "--json").document
    assert document["timing"] == []
    assert document["benchmarks"] == [
        {
            "name": "test_gelu",
            "fullname": "tests/perf/test_engine.py::test_gelu[1024]",
            "group": "gelu",
            "params": {"numel": 1024},
            "n_rounds": 5,
            "iterations": 10,
            "median_ns": 2000.0,
            "stats": {"median": 2e-06, "max": 2.1e-06},
        }
    ]


def test_the_list_of_runs_tells_a_test_session_from_a_run(call, db, recorded):
    uid = recorded.run(db, label="before")
    session = recorded.session(db)
    lines = call("runs", "--db", db).out.splitlines()
    assert lines[0].split()[:5] == ["run", "label", "suite", "from", "status"]
    of_run = next(line for line in lines if line.startswith(uid))
    of_session = next(line for line in lines if line.startswith(session))
    assert of_run.split()[1:5] == ["before", "smoke", "cli", "done"]
    assert of_session.split()[1:4] == ["pytest", "ci", "done"]
    assert lines[0].split()[-4:] == ["cases", "failed", "skipped", "benchmarks"]
    assert of_run.split()[-4:] == ["6", "0", "0", "–"]
    assert of_session.split()[-4:] == ["–", "–", "–", "1"]
    listed = call("runs", "--db", db, "--json").document
    assert {row["id"]: row["n_benchmarks"] for row in listed} == {uid: 0, session: 1}
    assert "pytest-benchmark" in lines[-1]


def test_a_list_without_test_sessions_has_no_column_for_their_benchmarks(call, db, recorded):
    recorded.run(db)
    assert "benchmarks" not in call("runs", "--db", db).out


def test_the_newest_run_comes_first_and_the_list_is_bounded(call, db, recorded):
    uids = [
        recorded.run(db, names=["relu"], children=1, started_at=began)
        for began in (STARTED + timedelta(hours=h) for h in range(3))
    ]
    listed = call("runs", "--json", "-n", "2", "--db", db).document
    assert [row["id"] for row in listed] == uids[:0:-1]


def test_a_store_without_runs_says_so(call, db, recorded):
    uid = recorded.run(db, names=["relu"], children=1)
    assert call("db", "prune", "--older-than", "0", "--db", db).status == 0
    assert call("runs", "--db", db).out.startswith("The store holds no runs yet")
    assert call("runs", "--db", db, "--json").document == []
    said = call("show", uid, "--db", db)
    assert (said.status, said.out) == (2, "")


@pytest.mark.parametrize("words", [["show", "nosuch"], ["compare", "latest", "nosuch"]])
def test_an_unknown_run_is_refused_with_those_that_are_there(call, db, recorded, words):
    uid = recorded.run(db, label="before")
    said = call(*words, "--db", db)
    assert (said.status, said.out) == (2, "")
    assert f"{uid} (before)" in said.err
    assert "got: nosuch" in said.err


def test_the_store_may_be_named_before_the_verb_after_it_or_by_the_environment(
    call, db, recorded, monkeypatch, tmp_path
):
    uid = recorded.run(db)
    assert uid in call("--db", db, "runs").out
    assert uid in call("runs", "--db", db).out
    assert uid in call("--db", tmp_path / "other.db", "runs", "--db", db).out
    assert call("runs").status == 2  # nothing of an earlier command line is left
    monkeypatch.setenv("BENCH_SERVICE_DB", str(db))
    assert uid in call("runs").out
    assert call("db", "path").out.strip() == str(db)
    assert call("--db", tmp_path / "other.db", "runs").status == 2
