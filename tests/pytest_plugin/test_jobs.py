"""One attempt at one CI job stores the same benchmarks once."""

from __future__ import annotations

import json

import pytest

from bench_service.environment import Environment
from bench_service.pytest_plugin import storing
from bench_service.pytest_plugin.header import header_of
from bench_service.pytest_plugin.storing import store_session
from bench_service.record import Recorder
from bench_service.result import RunStatus
from db.errors import FullDiskError
from db.session import open_store

JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_JOB": "perf",
    "GITHUB_REPOSITORY": "us/ours",
    "GITHUB_SHA": "feed",
    "GITHUB_REF": "refs/heads/main",
}
HERE = Environment(
    {"cpu_model": "A", "cores": 2, "gpus": []}, {"python": "3.11", "packages": {"torch": None}}
)
THERE = Environment(HERE.hardware, {**HERE.software, "python": "3.12"})


@pytest.fixture
def in_job(monkeypatch):
    for name, value in JOB.items():
        monkeypatch.setenv(name, value)


def test_two_sessions_of_one_job_are_one_run(run_session, runs_in, tmp_path):
    tests = "def test_it(benchmark): benchmark(int)\n"
    first, second = (
        run_session(tmp_path, tests, "--bench-service-db=s.db", "--benchmark-json=o.json", env=JOB)
        for _ in range(2)
    )
    assert (first.status, second.status) == (0, 0)
    (run,) = runs_in(tmp_path / "s.db")
    uid = run.header["uid"]
    assert f"Run {uid} keeps 1 of 1 benchmarks." in first.lines()
    assert f"Run {uid} of the same job keeps these benchmarks; nothing is added." in second.lines()
    of_second = json.loads((tmp_path / "o.json").read_text())["benchmarks"][0]["stats"]
    assert run.benchmarks.stats["test_it"]["total"] != of_second["total"]
    assert run.header["suite_document"]["context"] == {
        "provider": "github",
        "run": "77",
        "attempt": "1",
        "job": "perf",
        "repository": "us/ours",
        "commit": "feed",
        "ref": "refs/heads/main",
    }


def key(session, environment=HERE, **variables):
    return header_of(session, environment, JOB | variables).idempotency_key


def test_outside_of_ci_every_session_is_a_run_of_its_own(session_of):
    assert header_of(session_of(), HERE, {"PATH": "/bin"}).idempotency_key is None


@pytest.mark.parametrize(
    "variable", ["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB", "GITHUB_REPOSITORY"]
)
def test_another_attempt_or_job_is_another_run(session_of, variable):
    assert key(session_of()) == key(session_of())
    assert key(session_of()) != key(session_of(), **{variable: "2"})


def test_legs_of_a_matrix_and_other_benchmarks_are_other_runs(session_of):
    keys = {
        key(session_of()),
        key(session_of(), THERE),
        key(session_of("test_b")),
        key(session_of(told={"shard": "1"})),
    }
    assert len(keys) == 4


def test_a_retry_in_which_other_benchmarks_fail_is_the_same_run(session_of):
    some = session_of("test_a", left_out=frozenset({"test_it.py::test_b"}))
    assert key(some) == key(session_of("test_a", "test_b"))


@pytest.mark.parametrize("unknown", [{"id": "unversioned", "dirty": False}, {}])
def test_where_no_checkout_is_found_the_commit_is_the_job_s(session_of, unknown):
    header = header_of(session_of(commit=unknown), HERE, JOB)
    assert header.code["commit"] == "feed"
    assert header.code["is_dirty"] is None


def test_a_run_that_was_killed_while_storing_is_completed(in_job, session_of, runs_in, tmp_path):
    session = session_of()
    with open_store(tmp_path / "s.db") as store:
        environment = storing.read_environment(import_torch=False)
        uid = Recorder(store).begin_run(header_of(session, environment, JOB))
    stored = store_session(str(tmp_path / "s.db"), session)
    assert (stored.uid, stored.is_new) == (uid, True)
    (run,) = runs_in(tmp_path / "s.db")
    assert run.header["status"] == "done"
    assert run.benchmarks.times_ns["test_a"].tolist() == pytest.approx([1000, 3000])


def test_a_run_that_could_not_be_stored_is_failed_until_a_retry_completes_it(
    in_job, session_of, runs_in, tmp_path, monkeypatch
):
    def full(*_):
        raise FullDiskError("There is no room left.")

    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "ci_benchmarks", full)
        with pytest.raises(FullDiskError):
            store_session(str(tmp_path / "s.db"), session_of())
    (run,) = runs_in(tmp_path / "s.db")
    assert run.header["status"] == "failed"
    store_session(str(tmp_path / "s.db"), session_of(status=RunStatus.PARTIAL))
    (run,) = runs_in(tmp_path / "s.db")
    assert run.header["status"] == "partial"
    assert len(run.benchmarks) == 1
