"""Whether a run is still measured, told from what its process stored of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from bench_service.record import Recorder, RunHeader
from bench_service.result import ChildResult
from db import queries
from db.liveness import PROCESS, Machine, may_be_alive, process_space, this_machine

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOOTED, STARTED, PID = 1_000_000.0, 1_000_500.0, 77
HERE = Machine("here", BOOTED, {PID: STARTED}.get)
STATE = {"host": "here", "boot_time": BOOTED, "pid": PID, "process_started": STARTED}


def is_alive(last_sign=NOW, **changes):
    return may_be_alive({**STATE, **changes}, last_sign, here=HERE, now=NOW)


def test_a_process_that_runs_is_alive_however_long_it_has_been_silent():
    assert is_alive(NOW - timedelta(days=30))


@pytest.mark.parametrize(
    "changes",
    [
        {"pid": 78},  # nobody has it
        {"process_started": STARTED - 60},  # somebody else has it now
        {"boot_time": BOOTED - 3600},  # it was given before the machine was started
    ],
)
def test_a_process_that_has_ended_is_not_whatever_its_id_means_now(changes):
    assert not is_alive(**changes)


@pytest.mark.parametrize("name", PROCESS)
def test_a_run_that_did_not_say_who_measures_it_is_measured_by_nobody(name):
    assert not is_alive(**{name: None})
    assert not may_be_alive({}, NOW, here=HERE, now=NOW)


def test_moments_may_be_rounded():
    assert is_alive(boot_time=BOOTED + 1, process_started=STARTED - 0.5)


@pytest.mark.parametrize(("silent", "alive"), [(23, True), (25, False)])
def test_a_process_on_another_machine_is_alive_until_it_was_silent_for_a_day(silent, alive):
    changes = {"host": "there", "pid": 78, "boot_time": 1.0}
    assert is_alive(NOW - timedelta(hours=silent), **changes) is alive


THERE = {"process_space": "boot2 pid:[1]"}
SPACED = Machine("here", BOOTED, {PID: STARTED}.get, "boot1 pid:[1]")


def is_alive_in_a_space(last_sign, **changes):
    return may_be_alive({**STATE, **changes}, last_sign, here=SPACED, now=NOW)


def test_numbers_of_another_container_or_machine_of_our_name_are_not_looked_up_here():
    """Ours has a process of that number that runs, and it isn't the one."""
    recent, long_ago = NOW - timedelta(hours=23), NOW - timedelta(hours=25)
    assert is_alive_in_a_space(long_ago, process_space="boot1 pid:[1]")
    assert not is_alive_in_a_space(long_ago, **THERE)
    assert is_alive_in_a_space(recent, pid=78, **THERE)


@pytest.mark.parametrize(("minutes", "alive"), [(9, True), (11, False)])
def test_a_run_in_another_container_of_this_machine_is_dead_after_minutes(minutes, alive):
    """Resuming it is safe: if it lives after all, it can't write any more."""
    last_sign = NOW - timedelta(minutes=minutes)
    assert is_alive_in_a_space(last_sign, process_space="boot1 pid:[2]") is alive


def test_what_gave_no_sign_since_this_machine_was_started_may_have_been_here_and_ended():
    booted = datetime.fromtimestamp(BOOTED, UTC)
    soon = booted + timedelta(hours=1)
    for last_sign, alive in ((booted - timedelta(seconds=1), False), (booted, True)):
        state = {**STATE, **THERE}
        assert may_be_alive(state, last_sign, here=SPACED, now=soon) is alive
        elsewhere = {**state, "host": "there"}
        assert may_be_alive(elsewhere, last_sign, here=SPACED, now=soon)


@pytest.mark.parametrize("unknown", [None, "missing"])
def test_where_a_space_is_not_known_the_name_of_the_machine_decides(unknown):
    state = STATE if unknown == "missing" else {**STATE, "process_space": None}
    assert SPACED.shares_processes(state)
    assert not SPACED.shares_processes({**state, "host": "there"})
    assert HERE.shares_processes({**STATE, **THERE})


def test_a_space_names_the_boot_and_the_namespace(tmp_path):
    assert process_space(tmp_path) is None
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("0f4e\n")
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").symlink_to("pid:[4026531836]")
    assert process_space(tmp_path) == "0f4e pid:[4026531836]"


def test_a_child_is_of_its_parents_space():
    ask = "from db.liveness import process_space; print(process_space())"
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(process_space())


def test_this_machine_knows_its_processes():
    here = this_machine()
    assert here.process_started(os.getpid()) == psutil.Process().create_time()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert here.process_started(child.pid) is not None
        child.communicate()
    assert here.process_started(child.pid) is None


def test_a_process_that_has_ended_is_dead_before_anybody_has_asked_how():
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
        assert this_machine().process_started(child.pid) is None


def begin(store, state, started_at=NOW):
    header = RunHeader(
        suite="quick", suite_document={}, hardware={}, software={}, state=state,
        started_at=started_at,
    )  # fmt: skip
    return Recorder(store).begin_run(header)


def own_state():
    here = this_machine()
    started = here.process_started(os.getpid())
    return {**STATE, "host": here.host, "boot_time": here.boot_time, "pid": os.getpid()} | {
        "process_started": started
    }


def status_of(store, uid):
    (listed,) = queries.runs(store).query("uid == @uid").status
    assert queries.run_header(store, uid)["status"] == listed
    return listed


def test_an_open_run_is_running_while_its_process_is_and_then_interrupted(store):
    alive, killed = begin(store, own_state()), begin(store, {**own_state(), "process_started": 1.0})
    assert status_of(store, alive) == "running"
    assert status_of(store, killed) == "interrupted"
    assert queries.runs(store).finished_at.isna().all()


def test_what_has_ended_is_as_it_was_stored_whatever_became_of_its_process(store):
    uid = begin(store, {})
    Recorder(store).close_run(uid, "partial")
    assert status_of(store, uid) == "partial"


def test_a_run_that_is_taken_up_again_is_measured_by_the_process_that_does_so(store):
    uid = begin(store, {**own_state(), "pid": 2**31 - 1, "load_average": [1.0]})
    assert status_of(store, uid) == "interrupted"
    Recorder(store).reopen_run(uid, {**own_state(), "load_average": [9.0]})
    assert status_of(store, uid) == "running"
    assert queries.run_header(store, uid)["state"]["load_average"] == [1.0]


@pytest.mark.parametrize("sign", ["child", "reopened"])
def test_a_sign_from_another_machine_keeps_its_run_alive_for_a_day(store, sign):
    now = datetime.now(UTC)
    uid = begin(store, {**STATE, "host": "there"}, now - timedelta(days=3))
    assert status_of(store, uid) == "interrupted"
    if sign == "child":
        seen_us = int((now - timedelta(hours=2)).timestamp() * 1e6)
        part = ChildResult("g", 0, 0, True, 0, seen_us, "ok", "", ())
        Recorder(store).child(uid, part, {})
    else:
        Recorder(store).reopen_run(uid, {**STATE, "host": "there"})
    assert status_of(store, uid) == "running"
