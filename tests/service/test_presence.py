"""A worker's own row: a name is one process's, and its signs of life say what it is at."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from service_rows import give_worker
from sqlalchemy import delete, select, update

from bench_service.errors import NameTakenError
from bench_service.service.presence import Presence, Self
from bench_service.service.silence import SILENT_S
from db import liveness, queries
from db.liveness import PROCESS_SPACE, process_space
from db.tables import Worker

HERE = platform.node()
ME = f"{HERE}/me"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Waiting:
    """Time that passes when somebody waits; ``happens`` is called at each wait."""

    def __init__(self, happens=lambda: None, stops_at_s=1e9):
        self.now_s = 0.0
        self.happens = happens
        self.stops_at_s = stops_at_s

    def clock(self):
        return self.now_s

    def __call__(self, seconds):
        self.now_s += seconds
        self.happens()
        return self.now_s >= self.stops_at_s


def presence_in(store, at=NOW, waiting=None):
    monotonic = waiting.clock if waiting else (lambda: 0.0)
    return Presence(store, Self(ME, HERE, ("cpu",), "9.9"), lambda: at, monotonic)


def elsewhere(store, **changes):
    """A worker of our name in another container, or on another machine of our name."""
    space = {"host": HERE, "boot_time": psutil.boot_time(), PROCESS_SPACE: "another"}
    give_worker(store, ME, **(space | changes))


def the_row(store):
    with store.transaction(reads_only=True) as connection:
        return connection.execute(select(*Worker.__table__.c)).mappings().one()


def test_a_worker_says_who_it_is_and_what_it_is_at(store):
    presence = presence_in(store)
    assert presence.claim(Waiting())
    presence.beat("a job", {"share": 0.5, "now": "gelu"})
    (row,) = queries.workers(store).to_dict("records")
    assert (row["identity"], row["pid"], row["version"]) == (ME, os.getpid(), "9.9")
    assert (row["job_uid"], row["progress"]["share"]) == ("a job", 0.5)
    assert row["cpu_s"] > 0
    assert row["rss_bytes"] > 1e6
    assert row["is_alive"]
    assert the_row(store)[PROCESS_SPACE] == process_space()
    presence.beat(None, None, is_last=True)
    assert not queries.workers(store).is_alive.item()
    presence.beat(None, None)
    assert queries.workers(store).is_alive.item()


def test_a_clock_that_was_set_leaves_it_alive(store, monkeypatch):
    presence, step_s = presence_in(store), 3600.0
    presence.claim(Waiting())
    me = psutil.Process()
    moved = liveness.Machine(
        HERE, psutil.boot_time() + step_s, {me.pid: me.create_time() + step_s}.get, process_space()
    )
    presence.beat(None, None)  # it goes on telling the pair that it began with
    monkeypatch.setattr("db.queries.service.this_machine", lambda: moved)
    assert queries.workers(store).is_alive.item()


@pytest.mark.parametrize("changes", [{"stopped_at": NOW}, {"pid": 2**22 + 1}])
def test_the_name_of_a_worker_of_this_machine_that_has_ended_is_free_at_once(store, changes):
    give_worker(store, ME, host=HERE, **({PROCESS_SPACE: process_space()} | changes))
    assert presence_in(store).claim(pytest.fail)
    assert the_row(store)["pid"] == os.getpid()


def test_a_name_that_a_process_of_this_machine_has_is_refused_whatever_locks_say(store):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        started = psutil.Process(child.pid).create_time()
        born = {"boot_time": psutil.boot_time(), "process_started": started}
        give_worker(store, ME, host=HERE, pid=child.pid, **born, **{PROCESS_SPACE: process_space()})
        with pytest.raises(NameTakenError, match="at work") as error:
            presence_in(store).claim(pytest.fail)
        assert "--name" in str(error.value)
        assert the_row(store)["pid"] == child.pid
        child.communicate()
    assert presence_in(store).claim(pytest.fail)


def test_a_name_that_lives_in_another_container_is_refused_at_its_next_sign(store):
    elsewhere(store)

    def beats():
        with store.transaction() as connection:
            connection.execute(update(Worker).values(n_beats=Worker.n_beats + 1))

    waiting = Waiting(beats)
    with pytest.raises(NameTakenError):
        presence_in(store, waiting=waiting).claim(waiting)
    assert waiting.now_s < 3
    assert the_row(store)[PROCESS_SPACE] == "another"


def test_a_name_from_elsewhere_is_free_once_it_was_silent_whatever_its_clock_says(store):
    elsewhere(store, beat_at=NOW + timedelta(days=900))
    waiting = Waiting()
    assert presence_in(store, waiting=waiting).claim(waiting)
    assert SILENT_S < waiting.now_s < SILENT_S + 3
    assert the_row(store)["pid"] == os.getpid()


def test_who_is_told_to_stop_while_listening_leaves_the_name(store):
    elsewhere(store)
    waiting = Waiting(stops_at_s=5.0)
    assert not presence_in(store, waiting=waiting).claim(waiting)
    assert the_row(store)[PROCESS_SPACE] == "another"


def test_of_two_that_claim_a_name_at_once_one_has_it(store):
    """As two machines of one name would: each is somebody else to the other."""
    claimants = [presence_in(store, NOW + timedelta(seconds=i)) for i in range(2)]
    for claimant, space in zip(claimants, ("first", "second"), strict=True):
        claimant._born[PROCESS_SPACE] = space
    barrier, said = threading.Barrier(2), []

    def claims(claimant):
        barrier.wait()
        said.append(claimant.claim(lambda _: True))

    threads = [threading.Thread(target=claims, args=(each,)) for each in claimants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False, True]


def test_who_was_silent_for_too_long_finds_its_name_taken(store):
    sleeper = presence_in(store)
    sleeper.claim(Waiting())
    with store.transaction() as connection:  # its machine was suspended, and another began
        connection.execute(update(Worker).values(pid=4711, started_at=NOW + timedelta(hours=1)))
    with pytest.raises(NameTakenError):
        sleeper.beat(None, None)
    assert sleeper.is_taken
    assert the_row(store)["pid"] == 4711


def test_a_worker_whose_row_was_deleted_says_again_who_it_is(store):
    presence = presence_in(store)
    presence.claim(Waiting())
    with store.transaction() as connection:
        connection.execute(delete(Worker))
    presence.beat("a job", None)
    assert the_row(store)["job_uid"] == "a job"
    assert not presence.is_taken
