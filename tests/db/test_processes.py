"""Several processes write at once, and any of them may be killed at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from bench_service.record import Recorder, RunHeader
from db import maintenance, queries
from db.session import open_store

HEADER = RunHeader(suite="quick", suite_document={}, hardware={}, software={})

CHILDREN = """
    import sys
    import numpy as np
    from bench_service.record import Recorder, RunHeader
    from bench_service.result import ChildResult, EntryBlocks, Role
    from db.session import open_store

    url, uid, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    arrays = dict.fromkeys(EntryBlocks.array_names(), np.arange(30))
    recorder = Recorder(open_store(url))
    header = RunHeader(suite="q", suite_document={}, hardware={}, software={})
    uid = uid or recorder.begin_run(header)
    print(uid, flush=True)
    for ix in range(first, first + count):
        blocks = tuple(EntryBlocks(str(i), Role.COPY, 1, **arrays) for i in range(15))
        recorder.child(uid, ChildResult("group", ix, 0, True, 0, 0, "ok", "", blocks), {})
"""

HALF_WAY = """
    import sys, time
    from sqlalchemy import insert
    from db.session import open_store
    from db.tables import Hardware

    with open_store(sys.argv[1]).transaction() as connection:
        rows = [{"fingerprint": str(i), "label": "x" * 1000, "facts": {}} for i in range(20_000)]
        connection.execute(insert(Hardware), rows)
        print("half way", flush=True)
        time.sleep(600)
"""


def start(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


def line_of(process):
    line = process.stdout.readline().strip()
    assert line, "the process ended before it said anything"
    return line


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def test_processes_that_write_at_once_lose_nothing(store):
    uid = Recorder(store).begin_run(HEADER)
    # both write the same 20 children, and 20 of their own
    jobs = [(0, 40), (20, 40)]
    processes = [start(CHILDREN, store.url, uid, first, count) for first, count in jobs]
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert queries.timing_processes(store, uid).process_ix.tolist() == list(range(60))
    assert len(queries.timing_blocks(store, uid)) == 60 * 15


def test_processes_that_open_a_new_store_at_once_make_it_once(url):
    processes = [start(CHILDREN, url, "", 0, 1) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    with open_store(url, create=False) as store:
        assert len(queries.runs(store)) == 3


def test_a_process_killed_in_mid_transaction_leaves_nothing_and_no_lock(store):
    process = start(HALF_WAY, store.url)
    line_of(process)
    kill(process)
    assert maintenance.check(store).problems == ()
    assert len(queries.hardware(store)) == 0
    Recorder(store).begin_run(HEADER)
    assert len(queries.hardware(store)) == 1


@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.1])
def test_a_process_killed_at_any_moment_leaves_whole_children(store, after_s):
    process = start(CHILDREN, store.url, "", 0, 100_000)
    uid = line_of(process)
    time.sleep(after_s)
    kill(process)
    store.close()
    assert maintenance.check(store).problems == ()
    blocks = queries.timing_blocks(store, uid)
    n_children = len(queries.timing_processes(store, uid))
    assert len(blocks) == 15 * n_children
    assert (blocks.n_rounds == 30).all()
    recorder = Recorder(store)
    assert recorder.recorded_children(uid).get("group", {}).keys() == set(range(n_children))
    recorder.close_run(uid, "interrupted")
