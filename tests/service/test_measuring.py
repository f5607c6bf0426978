"""What the measuring process does with a job, and how it says what became of it."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from asked_jobs import a_job
from handed_over import HEADER
from service_rows import give_job

from bench_service import api, environment
from bench_service.errors import (
    ForkerError,
    InputError,
    InterruptedRunError,
    MachineLockError,
    RunIsLiveError,
)
from bench_service.record import Recorder
from bench_service.result import fingerprint
from bench_service.service import measuring
from bench_service.service.job import run_key
from bench_service.service.measuring import measured
from db import queries
from db.errors import (
    FullDiskError,
    LockedStoreError,
    ReadOnlyStoreError,
    SchemaVersionError,
    UnreachableError,
)

on_a_file = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
HERE = SimpleNamespace(hardware_fingerprint="h", software_fingerprint="s")


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    """An environment of no machine; what changes folder comes back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(environment, "read_environment", lambda: HERE)


@pytest.fixture
def never(monkeypatch):
    def called(*given, **more):
        raise AssertionError("it was measured")

    monkeypatch.setattr(api, "run", called)
    monkeypatch.setattr(api, "resume", called)


def own_key(uid):
    return run_key(uid, fingerprint({"hardware": "h", "software": "s"}))


def a_run(store, uid, status, **changes):
    recorder = Recorder(store)
    run = recorder.begin_run(HEADER.__class__(**(vars(HEADER) | changes)))
    if status != "running":
        recorder.close_run(run, status)
    return run


@pytest.mark.parametrize("status", ["done", "partial", "failed"])
def test_a_run_that_has_ended_is_not_measured_again(store, ledger, never, status):
    uid = ledger.add(a_job()).uid
    run = a_run(store, uid, status, idempotency_key=own_key(uid))
    found = measured(uid, store.url, print)
    assert (found["outcome"], found["run"]) == (status, run)


@on_a_file
def test_a_run_that_ended_in_another_environment_is_not_measured_again_in_this_one(
    store, ledger, never
):
    """Its worker died before it could say so, and the job came to another machine."""
    uid = ledger.add(a_job()).uid
    run = a_run(store, uid, "done", idempotency_key=run_key(uid, "another environment"))
    found = measured(uid, store.url, print)
    assert (found["outcome"], found["run"]) == ("done", run)


@on_a_file
def test_what_was_interrupted_in_another_environment_is_left_and_measured_anew(
    store, ledger, monkeypatch
):
    uid = ledger.add(a_job()).uid
    old = a_run(store, uid, "interrupted", idempotency_key=run_key(uid, "another environment"))
    keys = []

    def run(*given, idempotency_key, **more):
        keys.append(idempotency_key)
        return api.load(a_run(store, uid, "done", idempotency_key=idempotency_key), db=store.url)

    monkeypatch.setattr(api, "run", run)
    found = measured(uid, store.url, print)
    assert (found["outcome"], keys) == ("done", [own_key(uid)])
    assert found["run"] != old


@on_a_file
@pytest.mark.parametrize("error", [RunIsLiveError("at work"), InputError("The run is done")])
def test_a_run_that_the_process_left_behind_ends_well_after_all_is_the_answer(
    store, ledger, monkeypatch, error
):
    uid = ledger.add(a_job()).uid
    run = a_run(store, uid, "interrupted", idempotency_key=own_key(uid))

    def resume(reference, **more):
        other = Recorder(store)
        other.reopen_run(run)
        other.close_run(run, "done")
        raise error

    monkeypatch.setattr(api, "resume", resume)
    found = measured(uid, store.url, print)
    assert (found["outcome"], found["run"]) == ("done", run)


@on_a_file
def test_files_are_not_read_from_another_folder_than_the_one_that_was_meant(store, never, ledger):
    suite = a_job().suite.model_copy(update={"activations": ("relu", "acts.py:mine")})
    uid = ledger.add(a_job(suite=suite, folder="/nowhere/of/ann")).uid
    found = measured(uid, store.url, print)
    assert found["outcome"] == "failed"
    assert "/nowhere/of/ann, for acts.py:mine" in found["reason"]


@on_a_file
def test_what_an_installed_package_has_needs_no_folder_and_what_has_ended_needs_none_either(
    store, ledger, monkeypatch
):
    suite = a_job().suite.model_copy(update={"activations": ("relu", "package.acts:swoosh")})
    uid = ledger.add(a_job(suite=suite, folder="/nowhere/of/ann")).uid
    done = []

    def run(*given, idempotency_key, **more):
        done.append(a_run(store, uid, "done", idempotency_key=idempotency_key))
        return api.load(done[0], db=store.url)

    monkeypatch.setattr(api, "run", run)
    assert measured(uid, store.url, print)["outcome"] == "done"
    suite = a_job().suite.model_copy(update={"activations": ("relu", "acts.py:mine")})
    ended = ledger.add(a_job(suite=suite, folder="/nowhere/of/ann")).uid
    a_run(store, ended, "done", idempotency_key=run_key(ended, "another environment"))
    assert measured(ended, store.url, print)["outcome"] == "done"


@on_a_file
def test_a_run_that_was_interrupted_is_taken_up_again(store, ledger, monkeypatch):
    uid = ledger.add(a_job()).uid
    run = a_run(store, uid, "interrupted", idempotency_key=own_key(uid))
    asked = []

    def resume(reference, **more):
        asked.append(reference)
        Recorder(store).reopen_run(run)
        Recorder(store).close_run(run, "done")
        return api.load(run, db=store.url)

    monkeypatch.setattr(api, "resume", resume)
    assert measured(uid, store.url, print)["outcome"] == "done"
    assert asked == [run]


@on_a_file
def test_a_run_that_a_worker_elsewhere_was_lost_with_is_closed_first(store, ledger, monkeypatch):
    uid = ledger.add(a_job()).uid
    state = {"host": "elsewhere", "pid": 1, "boot_time": 1.0, "process_started": 1.0}
    run = a_run(store, uid, "running", idempotency_key=own_key(uid), state=state)

    def resume(reference, **more):
        assert queries.run_header(store, run)["status"] == "interrupted"
        raise InterruptedRunError("told to stop")

    monkeypatch.setattr(api, "resume", resume)
    assert measured(uid, store.url, print) == {
        "outcome": "released", "reason": "told to stop", "run": None,
    }  # fmt: skip


@on_a_file
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (InterruptedRunError("stopped"), "released"),
        (KeyboardInterrupt(), "released"),
        (InputError("no such function"), "failed"),
        (FullDiskError("no room"), "lost"),
        (RunIsLiveError("somebody else"), "lost"),
        (ReadOnlyStoreError("another server leads now"), "released"),
        (SchemaVersionError("the store was upgraded"), "released"),
        (UnreachableError("the server is away"), "released"),
        (LockedStoreError("somebody writes for long"), "released"),
        (ForkerError("the lock file can't be used"), "lost"),
        (MachineLockError("the lock file can't be used"), "lost"),
    ],
)
def test_what_stands_in_the_way_is_told_as_an_end_with_its_reason(
    store, ledger, monkeypatch, error, outcome
):
    def run(*given, **more):
        raise error

    monkeypatch.setattr(api, "run", run)
    found = measured(ledger.add(a_job()).uid, store.url, print)
    assert found["outcome"] == outcome
    assert found["reason"]


@on_a_file
@pytest.mark.parametrize("protocol", [None, 0, 99, "1"])
def test_a_document_of_another_version_fails_and_says_which(store, never, protocol):
    give_job(store, "odd", document=a_job().document | {"protocol": protocol})
    found = measured("odd", store.url, print)
    assert found["outcome"] == "failed"
    assert f"a job of protocol {protocol}" in found["reason"]


@on_a_file
def test_a_suite_that_this_version_can_not_read_fails_with_its_wrong_fields(store, never):
    document = a_job().document
    document["suite"]["timing"]["processes"] = -1
    give_job(store, "odd", document=document)
    found = measured("odd", store.url, print)
    assert found["outcome"] == "failed"
    assert "timing.processes" in found["reason"]


def test_a_job_or_a_store_that_is_not_there_is_an_end_too(tmp_path, never):
    found = measured("nowhere", f"sqlite:///{tmp_path / 'none.db'}", print)
    assert found["outcome"] == "released"
    assert "no store" in found["reason"]


def test_a_run_is_of_a_job_and_an_environment():
    assert run_key("job1", "a" * 64) == "job:job1:" + "a" * 12
    assert run_key("job1", "b" * 64) != run_key("job1", "a" * 64)


def test_what_a_users_function_prints_spoils_nothing():
    script = (
        "import os\n"
        "from bench_service.service.measuring import _channel\n"
        "with _channel() as say:\n"
        "    print('no end of line', end='', flush=True)\n"
        "    os.write(1, b'of a library')\n"
        "    say({'end': {'outcome': 'done'}})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {"end": {"outcome": "done"}}
    assert done.stderr == "no end of lineof a library"


def test_it_ends_with_the_worker_that_started_it(tmp_path):
    command = [sys.executable, "-m", measuring.__name__, "uid", f"{tmp_path}/none.db", "1"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
