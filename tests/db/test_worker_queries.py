"""What is answered of workers, and which of them live."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pandas as pd
from service_rows import at, give_worker

from db import queries
from db.liveness import this_machine


def test_workers_tell_what_they_said_of_themselves(store):
    give_worker(store, "lab/b", progress={"share": 1.0}, rss_bytes=2**40, job_uid="a")
    give_worker(store, "lab/a", rss_bytes=None, stopped_at=at(5))
    answer = queries.workers(store)
    assert answer.identity.tolist() == ["lab/a", "lab/b"]
    assert answer.routes.tolist() == [["cpu", "host:lab"]] * 2
    assert answer.progress.tolist() == [None, {"share": 1.0}]
    assert answer.rss_bytes.tolist() == [pd.NA, 2**40]
    assert answer.stopped_at[0] == at(5)


def test_a_worker_is_alive_while_its_process_is_or_while_it_beats(store):
    now, here = datetime.now(UTC), this_machine()
    mine = {"host": here.host, "boot_time": here.boot_time}
    started = here.process_started(os.getpid())
    runs = {**mine, "pid": os.getpid(), "process_started": started}
    ago = {"beat_at": now - timedelta(days=30)}
    give_worker(store, "1 silent and alive", **runs, **ago)
    give_worker(store, "2 ended", **runs | {"process_started": started - 60}, beat_at=now)
    give_worker(store, "3 stopped", **runs, beat_at=now, stopped_at=now)
    there = {"host": f"not {here.host}"}
    give_worker(store, "4 beats elsewhere", **there, beat_at=now - timedelta(seconds=20))
    give_worker(store, "5 silent elsewhere", **there, beat_at=now - timedelta(seconds=61))
    give_worker(store, "6 stopped elsewhere", **there, beat_at=now, stopped_at=now)
    assert queries.workers(store).is_alive.tolist() == [True, False, False, True, False, False]


def test_of_many_workers_those_that_beat_last_are_told(store):
    """Where each gets a host of its own, such as a container's, they add up."""
    for number in range(6):
        stopped = at(number) if number < 2 else None
        give_worker(store, f"lab/{number}", beat_at=at(9 - number), stopped_at=stopped)
    assert queries.workers(store, limit=3).identity.tolist() == ["lab/0", "lab/1", "lab/2"]
    may = queries.workers(store, limit=3, may_be_alive=True)
    assert may.identity.tolist() == ["lab/2", "lab/3", "lab/4"]


def test_a_worker_in_another_container_of_our_name_is_alive_while_it_beats(store):
    """Its process's number is nobody's here, or somebody else's."""
    now, here = datetime.now(UTC), this_machine()
    theirs = {"host": here.host, "boot_time": here.boot_time, "process_space": "another"}
    give_worker(store, "1 beats", **theirs, pid=2**22 + 1, beat_at=now - timedelta(seconds=20))
    give_worker(store, "2 silent", **theirs, pid=os.getpid(), beat_at=now - timedelta(seconds=61))
    assert queries.workers(store).is_alive.tolist() == [True, False]
