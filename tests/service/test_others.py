"""Who of the others is alive: asked of the system here, by silence elsewhere, never by a clock."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from service_rows import give_worker
from sqlalchemy import update

from bench_service.service.ledger import Ledger
from bench_service.service.others import Others
from bench_service.service.silence import SILENT_S
from db import liveness
from db.liveness import PROCESS_SPACE, process_space
from db.tables import Worker

HERE = platform.node()
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def others(store):
    return Others(store, f"{HERE}/me", lambda: NOW)


def change(store, **values):
    with store.transaction() as connection:
        connection.execute(update(Worker).where(Worker.identity != f"{HERE}/me").values(**values))


def process_of(pid):
    started = psutil.Process(pid).create_time()
    space = {PROCESS_SPACE: process_space()}
    return {"boot_time": psutil.boot_time(), "process_started": started, "pid": pid} | space


def dead(others, moment_s):
    return [row["identity"] for row in others.dead(moment_s)]


def watched(others, since_s, until_s):
    """Who is dead at the end of so many looks, as a worker does at its beats."""
    while since_s < until_s - 10:
        others.dead(since_s)
        since_s += 10
    return dead(others, until_s)


def test_a_process_of_this_machine_is_dead_once_it_has_ended(store, others):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        give_worker(store, f"{HERE}/other", host=HERE, **process_of(child.pid))
        assert others.dead(0.0) == []
        assert watched(others, 0.0, 1000.0) == []  # however silent
        child.communicate()
    (row,) = others.dead(1000.0)
    assert row["identity"] == f"{HERE}/other"
    assert Ledger(store).bury(row) == []
    assert others.dead(1000.0) == []
    assert others.working() == set()


def test_another_process_with_its_number_is_not_the_worker(store, others):
    is_other = process_of(os.getpid()) | {"process_started": 1e9}
    give_worker(store, f"{HERE}/other", host=HERE, **is_other)
    assert dead(others, 0.0) == [f"{HERE}/other"]


@pytest.mark.parametrize("step_s", [-86_400.0, 3600.0])
def test_a_clock_that_was_set_makes_nobody_dead(store, others, step_s, monkeypatch):
    """The system tells both moments by its clock: all that is older lies a step away now."""
    me = process_of(os.getpid())
    give_worker(store, f"{HERE}/other", host=HERE, **me)
    moved = liveness.Machine(
        HERE, me["boot_time"] + step_s, {os.getpid(): me["process_started"] + step_s}.get,
        me[PROCESS_SPACE],
    )  # fmt: skip
    monkeypatch.setattr("bench_service.service.others.this_machine", lambda: moved)
    assert others.dead(0.0) == []


@pytest.mark.parametrize(
    ("host", "space"),
    [("there", None), ("there", process_space()), (HERE, "another boot"), (HERE, "a container")],
)
def test_a_worker_that_can_not_be_asked_is_dead_once_its_row_was_still_for_long_enough(
    store, others, host, space
):
    """Also where its machine, or its container, goes by our name: its numbers aren't ours."""
    nobody_here = {"pid": 2**22 + 1, "boot_time": psutil.boot_time(), PROCESS_SPACE: space}
    give_worker(store, "there/a", host=host, n_beats=1, **nobody_here)
    assert watched(others, 1000.0, 1000.0 + SILENT_S) == []
    assert dead(others, 1000.0 + SILENT_S + 0.1) == ["there/a"]


def test_any_sign_of_life_begins_the_silence_anew_whatever_its_clock_says(store, others):
    give_worker(store, "there/a", host="there", n_beats=1)
    watched(others, 0.0, SILENT_S)
    change(store, n_beats=2, beat_at=NOW - timedelta(days=9))
    assert watched(others, SILENT_S + 1, 2 * SILENT_S + 0.9) == []
    assert dead(others, 2 * SILENT_S + 1.1) == ["there/a"]


@pytest.mark.parametrize("days", [-900, 900])
def test_wall_clocks_change_nothing(store, days):
    give_worker(store, "there/a", host="there", beat_at=NOW + timedelta(days=days))
    others = Others(store, f"{HERE}/me", lambda: NOW - timedelta(days=days))
    assert watched(others, 0.0, SILENT_S - 1) == []
    assert dead(others, SILENT_S + 1) == ["there/a"]


def test_time_in_which_nobody_looked_is_nobodys_silence(store, others):
    """The store was away, or a job was measured: who couldn't be heard isn't dead."""
    give_worker(store, "there/a", host="there", n_beats=1)
    watched(others, 0.0, 40.0)
    assert not others.would_know(40.0)
    assert watched(others, 100.0, 100.0 + SILENT_S) == []
    assert not others.would_know(100.0 + SILENT_S)
    assert dead(others, 100.0 + SILENT_S + 1) == ["there/a"]
    assert others.would_know(100.0 + SILENT_S + 1)


@pytest.mark.parametrize(
    "changes", [{"n_beats": 2}, {"pid": 4711, "started_at": NOW, "n_beats": 1}]
)
def test_who_gave_a_sign_or_began_anew_since_it_was_taken_for_dead_is_not_buried(
    store, others, changes
):
    give_worker(store, "there/a", host="there", n_beats=1)
    watched(others, 0.0, 50.0)
    (row,) = others.dead(60.0)
    change(store, **changes)
    assert Ledger(store).bury(row) is None
    assert others.working() == {"there/a"}


def test_a_worker_never_takes_itself_or_one_that_has_stopped_for_dead(store, others):
    give_worker(store, f"{HERE}/me", host=HERE)
    give_worker(store, "there/a", host="there", stopped_at=NOW)
    assert watched(others, 0.0, 1000.0) == []
    assert others.working() == {f"{HERE}/me"}
