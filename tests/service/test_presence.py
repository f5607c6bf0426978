"""Who is alive: asked of the system here, by silence elsewhere, and never by a wall clock."""

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

from bench_service.service.presence import SILENT_S, Presence, Self
from db import liveness, queries
from db.tables import Worker

HERE = platform.node()
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def presence(store):
    return Presence(store, Self(f"{HERE}/me", HERE, ("cpu",), "9.9"), lambda: NOW)


def change(store, **values):
    with store.transaction() as connection:
        connection.execute(update(Worker).where(Worker.identity != f"{HERE}/me").values(**values))


def process_of(pid):
    process = psutil.Process(pid)
    return {"boot_time": psutil.boot_time(), "process_started": process.create_time(), "pid": pid}


def test_a_worker_says_who_it_is_and_what_it_is_at(store, presence):
    presence.beat(None, None)
    presence.beat("a job", {"share": 0.5, "now": "gelu"})
    (row,) = queries.workers(store).to_dict("records")
    assert (row["identity"], row["pid"], row["version"]) == (f"{HERE}/me", os.getpid(), "9.9")
    assert (row["job_uid"], row["progress"]["share"]) == ("a job", 0.5)
    assert row["cpu_s"] > 0
    assert row["rss_bytes"] > 1e6
    assert row["is_alive"]
    assert presence.working() == {f"{HERE}/me"}
    presence.beat(None, None, is_last=True)
    assert presence.working() == set()
    assert not queries.workers(store).is_alive.item()
    presence.beat(None, None)
    assert presence.working() == {f"{HERE}/me"}


def test_a_process_of_this_machine_is_dead_once_it_has_ended(store, presence):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        give_worker(store, f"{HERE}/other", host=HERE, **process_of(child.pid))
        assert presence.dead(0.0) == []
        assert presence.dead(1e6) == []  # however silent
        child.communicate()
    assert presence.dead(1e6) == [f"{HERE}/other"]
    presence.bury(f"{HERE}/other")
    assert presence.dead(1e6) == []
    assert presence.working() == set()


def test_another_process_with_its_number_is_not_the_worker(store, presence):
    is_other = process_of(os.getpid()) | {"process_started": 1e9}
    give_worker(store, f"{HERE}/other", host=HERE, **is_other)
    assert presence.dead(0.0) == [f"{HERE}/other"]


@pytest.mark.parametrize("step_s", [-86_400.0, 3600.0])
def test_a_clock_that_was_set_makes_nobody_dead(store, presence, step_s, monkeypatch):
    """The system tells both moments by its clock: all that is older lies a step away now."""
    presence.beat(None, None)
    me = process_of(os.getpid())
    give_worker(store, f"{HERE}/other", host=HERE, **me)
    moved = liveness.Machine(
        HERE, me["boot_time"] + step_s, {os.getpid(): me["process_started"] + step_s}.get
    )
    monkeypatch.setattr("bench_service.service.presence.this_machine", lambda: moved)
    assert presence.dead(0.0) == []
    presence.beat(None, None)  # it goes on telling the pair that it began with
    (own,) = queries.workers(store).query("identity == @HERE + '/me'").to_dict("records")
    assert own["is_alive"]


def test_a_worker_elsewhere_is_dead_once_its_row_was_still_for_long_enough(store, presence):
    give_worker(store, "there/a", host="there", n_beats=1)
    assert presence.dead(1000.0) == []
    assert presence.dead(1000.0 + SILENT_S) == []
    assert presence.dead(1000.0 + SILENT_S + 0.1) == ["there/a"]


def test_any_sign_of_life_begins_the_silence_anew_whatever_its_clock_says(store, presence):
    give_worker(store, "there/a", host="there", n_beats=1)
    presence.dead(0.0)
    change(store, n_beats=2, beat_at=NOW - timedelta(days=9))
    assert presence.dead(SILENT_S + 1) == []
    assert presence.dead(2 * SILENT_S + 0.9) == []
    assert presence.dead(2 * SILENT_S + 1.1) == ["there/a"]


@pytest.mark.parametrize("days", [-900, 900])
def test_wall_clocks_change_nothing(store, presence, days):
    give_worker(store, "there/a", host="there", beat_at=NOW + timedelta(days=days))
    presence.dead(0.0)
    presence._clock = lambda: NOW - timedelta(days=days)
    assert presence.dead(SILENT_S - 1) == []
    assert presence.dead(SILENT_S + 1) == ["there/a"]


def test_a_worker_never_takes_itself_or_one_that_has_stopped_for_dead(store, presence):
    presence.beat(None, None)
    give_worker(store, "there/a", host="there", stopped_at=NOW)
    presence.dead(0.0)
    assert presence.dead(1e9) == []
