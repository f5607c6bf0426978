"""The verbs submit, jobs, cancel and worker: what they say, in words and in JSON."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import time

import pytest
from asked_jobs import SAYS_DONE, SUITE, a_job, measuring_with
from waited_for import until

from bench_service.service import assembly
from bench_service.service.job import PROTOCOL
from bench_service.service.ledger import Ledger
from db.session import open_store


@pytest.fixture
def suite(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(SUITE)
    return path


FAILS_LOUDLY = """
print("a line of its log", file=sys.stderr)
say({"end": {"outcome": "failed", "reason": "no such file"}})
"""


@pytest.fixture
def pretends(monkeypatch, tmp_path):
    """``pretends(script)``: workers of this process measure by that script."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("bench_service.service.worker.ONCE_S", 0.1)
    monkeypatch.setattr("tempfile.tempdir", None)
    real = assembly.worker_of

    def chosen(script):
        def worker_of(*given, **more):
            worker = real(*given, **more)
            worker.attempts.command = measuring_with(script)
            worker.attempts.rest_s = 0.0
            return worker

        monkeypatch.setattr(assembly, "worker_of", worker_of)

    return chosen


def submitted(call, db, suite, *more):
    answer = call("submit", suite, "--json", "--db", db, *more)
    assert answer.status == 0
    return answer.document


def test_a_suite_is_asked_for_listed_and_cancelled(call, db, suite):
    answer = call("submit", suite, "--db", db, "--label", "mine", "--priority", 5)
    assert answer.status == 0
    uid = answer.out.split()[1].rstrip(":")
    assert answer.out == f"Job {uid}: suite tiny, for a machine with cpu.\n"
    assert "No live worker has cpu, so it waits until one has. Live workers: none." in answer.err
    (row,) = call("jobs", "--json", "--db", db).document
    assert (row["id"], row["status"], row["label"], row["priority"]) == (uid, "queued", "mine", 5)
    assert uid in call("jobs", "--db", db).out
    cancelled = call("cancel", "mine", "--db", db)
    assert (cancelled.status, cancelled.out) == (0, f"Job {uid} is cancelled.\n")
    again = call("cancel", uid, "--db", db)
    assert (again.status, again.out) == (0, "")
    assert "had ended before (cancelled); nothing changed" in again.err
    assert call("jobs", "--json", "--db", db).document[0]["status"] == "cancelled"


def test_one_job_is_shown_with_its_attempts_and_what_the_last_one_said(call, db, suite, pretends):
    pretends(FAILS_LOUDLY)
    uid = submitted(call, db, suite, "--label", "mine")["id"]
    assert call("worker", "--once", "--name", "t9", "--db", db).status == 1
    said = call("jobs", "mine", "--db", db)
    assert said.status == 0
    assert f"Job {uid}, mine: suite tiny, for a machine with cpu." in said.out
    assert "no such file" in said.out
    assert "/t9" in said.out
    assert "  a line of its log\n" in said.out
    document = call("jobs", uid[:6], "--json", "--db", db).document
    assert (document["id"], document["status"]) == (uid, "failed")
    (attempt,) = document["attempts"]
    assert (attempt["number"], attempt["outcome"]) == (1, "failed")
    assert attempt["log"] == "a line of its log\n"


def test_a_job_and_the_workers_are_not_asked_for_at_once(call, db, suite):
    submitted(call, db, suite)
    answer = call("jobs", "latest", "--workers", "--db", db)
    assert answer.status == 2
    assert "leave one of them out" in answer.err


def test_a_job_that_waits_for_a_machine_that_nobody_has_says_so(call, db, suite):
    submitted(call, db, suite, "--on", "gpu:H200")
    assert "no live worker has gpu:H200" in call("jobs", "--db", db).out


def test_a_worker_takes_no_jobs_for_what_its_machine_has_not(call, db, suite):
    submitted(call, db, suite, "--on", "gpu:H200")
    answer = call("worker", "--once", "--name", "t8", "--on", "gpu:H200", "--db", db)
    assert answer.status == 2
    assert f"allowed: cpu, host:{platform.node()}" in answer.err
    assert call("jobs", "--json", "--db", db).document[0]["status"] == "queued"


@pytest.mark.parametrize("verb", [("submit",), ("schedule", "add", "nightly", "0 2 * * *")])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-a", "nosuchact"), "no activation named 'nosuchact'"),
        (("-b", "cpu-egaer"), "cpu-eager"),
        (("-w", "digits_mpl"), "digits_mlp"),
        (("-a", "nowhere.py:mine"), "nowhere.py"),
    ],
)
def test_what_a_worker_would_refuse_at_night_is_refused_at_once(call, db, verb, words, said):
    answer = call(*verb, "smoke", *words, "--db", db)
    assert answer.status == 2
    assert said in answer.err
    assert not db.exists()


@pytest.mark.parametrize(
    "line", ['workloads = ["nosuchload"]', 'inputs = ["nope"]', 'layouts = ["nope"]']
)
def test_a_suite_file_is_checked_for_all_that_it_names(call, db, suite, line):
    suite.write_text(f"{SUITE}\n{line}\n")
    answer = call("submit", suite, "--db", db)
    assert answer.status == 2
    assert "no" in answer.err
    assert not db.exists()


def test_a_queue_that_no_worker_would_begin_with_is_refused_at_once(call, db, suite, monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_QUEUE", str(db))
    answer = call("submit", suite, "--db", db)
    assert answer.status == 2
    assert "needs a database of its own" in answer.err
    assert call("jobs", "--json", "--db", db).document == []


def test_json_says_who_could_take_it(call, db, suite):
    document = submitted(call, db, suite, "--on", "gpu:H200")
    assert (document["suite"], document["route"], document["takers"]) == ("tiny", "gpu:H200", [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("submit", "nowhere.toml"), "nowhere.toml"),
        (("submit", "smoke", "--on", "tpu"), "isn't something a machine can have"),
        (("submit", "smoke", "--priority", "0"), "priority"),
        (("submit", "smoke", "--seed", "-1"), "0 to 2147483647"),
        (("submit", "smoke", "--label", "latest"), "that means the newest"),
        (("worker", "--once", "--name", "a b"), "can't be a worker's name"),
        (("worker", "--once", "--on", "tpu"), "isn't something a machine can have"),
        (("jobs", "--limit", "0"), "limit"),
    ],
)
def test_what_can_not_be_is_refused_in_a_sentence(call, db, words, said):
    answer = call("--db", str(db), *words)
    assert answer.status == 2
    assert said in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("words", [("jobs",), ("cancel", "latest"), ("jobs", "--workers")])
def test_where_there_is_no_store_that_is_said(call, db, words):
    answer = call("--db", str(db), *words)
    assert answer.status == 2
    assert "no store at that place" in answer.err


def test_a_job_that_nobody_knows_is_refused(call, db, suite):
    submitted(call, db, suite)
    answer = call("cancel", "zzz", "--db", db)
    assert answer.status == 2
    assert "zzz" in answer.err


def test_an_empty_store_says_how_to_begin(call, db):
    open_store(db).close()
    assert "`bench-service submit` begins" in call("jobs", "--db", db).out
    assert "`bench-service worker` begins" in call("jobs", "--workers", "--db", db).out
    assert call("jobs", "--json", "--db", db).document == []


def test_a_worker_that_works_once_does_what_was_asked_and_says_so_in_json(
    call, db, suite, pretends
):
    pretends(SAYS_DONE)
    uid = submitted(call, db, suite)["id"]
    answer = call("worker", "--once", "--name", "t1", "--db", db)
    assert (answer.status, answer.out) == (0, "")
    said = [json.loads(line) for line in answer.err.splitlines()]
    assert [line["message"] for line in said][:2] == ["job begins", "job ends"]
    assert said[1]["job"] == uid
    (row,) = call("jobs", "--json", "--db", db).document
    assert (row["status"], row["worker"]) == ("done", f"{platform.node()}/t1")
    (worker,) = call("jobs", "--workers", "--json", "--db", db).document
    assert (worker["identity"], worker["is_alive"]) == (f"{platform.node()}/t1", False)
    assert "stopped" in call("jobs", "--workers", "--db", db).out


def test_a_worker_that_works_once_ends_with_1_where_something_failed(call, db, suite, pretends):
    pretends('say({"end": {"outcome": "failed", "reason": "it [bold]broke[/]"}})')
    submitted(call, db, suite)
    assert call("worker", "--once", "--name", "t2", "--db", db).status == 1
    assert "it [bold]broke[/]" in call("jobs", "--db", db).out


def test_a_job_of_a_later_version_waits_for_a_later_worker(call, db, suite, pretends):
    pretends(SAYS_DONE)
    with open_store(db) as store:
        from service_rows import give_job

        give_job(store, "later", protocol=PROTOCOL + 1)
    assert call("worker", "--once", "--name", "t3", "--db", db).status == 0
    assert call("jobs", "--json", "--db", db).document[0]["status"] == "queued"


@pytest.mark.slow
def test_a_file_of_the_user_that_vanished_fails_the_job_with_the_reason(start, db, tmp_path):
    """The suite itself is in the job: its file isn't needed any more."""
    (tmp_path / "mine.py").write_text("import torch\n\n\ndef act(x):\n    return x.relu()\n")
    (tmp_path / "tiny.toml").write_text(SUITE.replace('"relu"', '"mine.py:act"'))
    asked = start("submit", "tiny.toml", "--json", "--db", db)
    assert asked.returncode == 0, asked.stderr
    (tmp_path / "mine.py").unlink()
    (tmp_path / "tiny.toml").unlink()
    ended = start("worker", "--once", "--name", "t4", "--db", db)
    assert ended.returncode == 1
    assert b"Traceback" not in ended.stderr
    (row,) = json.loads(start("jobs", "--json", "--db", db).stdout)
    assert row["status"] == "failed"
    assert "mine.py" in row["reason"]


@pytest.mark.slow
def test_a_suite_whose_file_vanished_is_measured_all_the_same(start, db, tmp_path):
    (tmp_path / "tiny.toml").write_text(SUITE)
    assert start("submit", "tiny.toml", "--db", db).returncode == 0
    (tmp_path / "tiny.toml").unlink()
    ended = start("worker", "--once", "--name", "t5", "--db", db)
    assert ended.returncode == 0, ended.stderr
    (row,) = json.loads(start("jobs", "--json", "--db", db).stdout)
    assert row["status"] == "done"
    assert row["run"] is not None


def test_a_second_worker_of_one_name_refuses_and_sigterm_ends_the_first(db, tmp_path, recorded):
    with open_store(db) as store:
        Ledger(store).add(a_job(route="cuda"))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    words = [*recorded.script, "--db", str(db), "worker", "--name", "t6", "--on", "cpu"]
    first = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE)
    lock = tmp_path / f"bench-service-worker-{platform.node()}-t6.lock"
    queue = db.with_name("runs.queue.db")
    until(lambda: lock.exists() and queue.exists())
    second = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert "A worker of that name runs on this machine already." in second.stderr
    time.sleep(0.5)
    first.send_signal(signal.SIGTERM)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 0, said
    assert b"Traceback" not in said
