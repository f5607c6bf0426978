"""SIGKILL at random moments of workers: every case of every job stored once, none lost, none twice.

Two workers share a store. One of them is killed after a random time and started again, over and
over, while jobs wait. Without ``--real`` a job is measured by a process that stores a few cases of
made-up numbers through the real recorder, so that kills meet all that the service does and little
else. With it jobs are tiny suites that are really measured.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from bench_service.errors import JobError
from bench_service.record import Recorder, RunHeader
from bench_service.result import (
    CaseOutcome,
    ChildResult,
    Conditions,
    EntryBlocks,
    Role,
    Status,
    TimingCase,
)
from bench_service.service import ledger as ledgers
from bench_service.service.assembly import worker_of
from bench_service.service.identity import alone, identity_of
from bench_service.service.job import run_key
from bench_service.service.submission import submit
from bench_service.service.worker import Worker
from bench_service.suite import parse_suite
from db import queries
from db.session import Store, open_store

SUITE = """
name = "tiny"
activations = ["relu", "gelu"]
backends = ["cpu-eager"]

[timing]
passes = ["forward"]
numels = [1024]
processes = 3
parents = 1
max_processes = 3
max_rounds = 10
child_ms = 50
"""
CASES = tuple(
    TimingCase("relu", Conditions("cpu-eager", "forward", "float32", 2**power))
    for power in range(10, 15)
)
CASE_S = 0.06
N_ROUNDS = 8
WAITING = 4
"""So many jobs wait at any time."""
PATIENCE_S = 300.0
ELSEWHERE = ("unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child")


def measure(uid: str, url: str) -> None:
    """Store what is missing of a job's cases, a little apart, and say how it ended."""
    with open_store(url, create=False) as store:
        recorder = Recorder(store)
        process = psutil.Process()
        state = {
            "host": platform.node(), "boot_time": psutil.boot_time(), "pid": process.pid,
            "process_started": process.create_time(),
        }  # fmt: skip
        known = next(iter(ledgers.Ledger(store).runs_of(uid)), None)
        if known is None:
            run = recorder.begin_run(
                RunHeader(
                    suite="made-up",
                    suite_document={"name": "made-up"},
                    hardware={},
                    software={},
                    state=state,
                    idempotency_key=run_key(uid, "made-up"),
                    n_planned=len(CASES),
                )
            )
        else:
            run = known.uid
        if known is not None and known.status != "done":
            recorder.reopen_run(run, state)
        if known is None or known.status != "done":
            stored = set(queries.timing_blocks(store, run)["group"]) if known else set()
            for case in CASES:
                if case.conditions.fingerprint not in stored:
                    time.sleep(CASE_S)
                    store_case(recorder, run, case)
            recorder.close_run(run, "done")
    print(f'{{"end": {{"outcome": "done", "reason": "", "run": "{run}"}}}}', flush=True)


def store_case(recorder: Recorder, run: str, case: TimingCase) -> None:
    """Rounds of numbers that nobody could draw twice."""
    wall = np.array([1 + secrets.randbelow(2**40) for _ in range(N_ROUNDS)], dtype=np.int64)
    zero = np.zeros(N_ROUNDS, dtype=np.int64)
    blocks = EntryBlocks("relu", Role.CASE, 10, wall, wall, zero, zero, zero, zero)
    begun = int(datetime.now(UTC).timestamp() * 1e6)
    child = ChildResult(case.conditions.fingerprint, 0, 0, True, 1, begun, "ok", "", (blocks,))
    recorder.outcomes(run, [CaseOutcome(case, Role.CASE, Status.OK, "", 10)])
    recorder.child(run, child, {"relu": case})


def work(
    url: str, name: str, *, real: bool, seconds: float | None = None, beat_s: float = 1.0
) -> None:
    """Be a worker, once the lock of a killed one of that name is free."""
    ledgers.MAX_LOST = 1_000_000  # it isn't the jobs that are to blame
    while True:
        try:
            identity = name if "/" in name else identity_of(name)
            with alone(identity), open_store(url) as store:
                worker = worker_of(store, identity, ("cpu",))
                worker.beat_s = beat_s
                if not real:
                    worker.attempts.command = _made_up(seconds)
                _run(worker)
                return
        except JobError as error:
            if "already" not in error.what:
                raise
            time.sleep(0.05)


def _run(worker: Worker) -> None:
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run()


def _made_up(seconds: float | None) -> Any:
    if seconds is None:
        return lambda uid, url: [sys.executable, "-m", __spec__.name, "--measure", uid, url]
    script = (
        "import ctypes,time;ctypes.CDLL(None).prctl(1,9);"
        f"time.sleep({seconds});"
        'print(\'{"end":{"outcome":"done","reason":"","run":null}}\',flush=True)'
    )
    return lambda _uid, _url: [sys.executable, "-S", "-E", "-c", script]


def started(
    url: str, name: str, *more: str, log: Path, host: str | None = None
) -> subprocess.Popen[bytes]:
    """A worker's process; what it logs goes to a file.

    With ``host`` it is on a machine of that name, as far as can be told from either side: it has
    that name, and sees no process of this one's (unshare(1), which takes a superuser).
    """
    command = [sys.executable, "-m", "benchmarks.worker_kills", "--work", url, name, *more]
    if host is not None:
        named = f'hostname {host}; exec "$@"'
        command = [*ELSEWHERE, "sh", "-c", named, "sh", *command]
    with log.open("ab") as errors:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)


@contextmanager
def a_store(server: str | None) -> Iterator[str]:
    """The address of a new store, in a folder or on a server; gone with its queue afterwards."""
    if server is None:
        with tempfile.TemporaryDirectory() as folder:
            yield str(Path(folder) / "store.db")
        return
    name = f"benchmark_{secrets.token_hex(4)}"
    on(server, f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        for each in (name, f"{name}_queue"):
            on(server, f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")


def on(server: str, statement: str) -> None:
    """Run a statement on a server, outside of any transaction."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))


def checksums(store: Store) -> dict[tuple[str, ...], str]:
    """A checksum for every stored block row, by run, conditions, child and entry."""
    found: dict[tuple[str, ...], str] = {}
    for run in queries.runs(store, limit=100_000)["uid"]:
        for row in queries.timing_blocks(store, run).to_dict("records"):
            key = (run, row["group"], str(row["process_ix"]), row["label"])
            assert key not in found, f"stored twice: {key}"
            found[key] = hashlib.sha256(row["wall_ns"].tobytes()).hexdigest()
    return found


def fed(store: Store, asked: list[str], n_wanted: int) -> None:
    """Submit jobs until so many wait."""
    n_open = len(queries.jobs(store, statuses=("queued", "running"), limit=10_000))
    for _ in range(n_wanted - n_open):
        asked.append(submit(store, parse_suite(SUITE, "worker_kills"), route="cpu").job.uid)


def wait_for(store: Store, n_jobs: int) -> None:
    """Comes back once all jobs have ended."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not len(queries.jobs(store, statuses=("queued", "running"), limit=n_jobs + 1)):
            return
        time.sleep(0.2)


def figures_of(store: Store, asked: Sequence[str], before: dict[tuple[str, ...], str]) -> Any:
    """What became of all jobs and of what was stored before kills."""
    after = checksums(store)
    jobs = queries.jobs(store, limit=100_000)
    assert len(jobs) == len(asked), "a job is lost, or one that nobody asked for is there"
    attempts = [queries.job_attempts(store, uid) for uid in asked]
    outcomes = [outcome for each in attempts for outcome in each["outcome"].dropna()]
    runs = queries.runs(store, limit=100_000)
    per_job = jobs["run"].map(lambda run: sum(key[0] == run for key in after))
    return {
        "jobs": len(asked),
        "jobs_done": int((jobs["status"] == "done").sum()),
        "jobs_without_a_run_of_their_own": len(asked) - int(jobs["run"].dropna().nunique()),
        "runs_that_no_job_has": len(set(runs["uid"]) - set(jobs["run"])),
        "attempts": len(outcomes),
        "attempts_lost": outcomes.count("lost"),
        "rows_stored": len(after),
        "rows_per_job": sorted(set(per_job.astype(int))),
        "rows_lost": len(before.keys() - after.keys()),
        "rows_changed": sum(after[key] != before[key] for key in before.keys() & after.keys()),
    }


def killed(url: str, n_kills: int, *, real: bool, draw: random.Random) -> dict[str, Any]:
    """The figures of so many kills on one store."""
    log = Path(tempfile.gettempdir()) / f"worker_kills_{os.getpid()}.log"
    more = ["--real"] if real else []
    asked: list[str] = []
    before: dict[tuple[str, ...], str] = {}
    with open_store(url) as store:
        workers = {name: started(url, name, *more, log=log) for name in ("kills-a", "kills-b")}
        try:
            for kill in range(n_kills):
                fed(store, asked, WAITING)
                time.sleep(draw.uniform(1.0, 10.0) if real else draw.uniform(0.1, 5.0))
                name = draw.choice(sorted(workers))
                assert workers[name].poll() is None, f"a worker ended by itself: see {log}"
                workers[name].kill()
                workers[name].wait()
                if kill % 10 == 9:
                    before |= checksums(store)
                workers[name] = started(url, name, *more, log=log)
            wait_for(store, len(asked))
            found = figures_of(store, asked, before)
        finally:
            for process in workers.values():
                process.terminate()
            statuses = [process.wait(60) for process in workers.values()]
    return {"kills": n_kills, **found, "workers_ended_well": statuses == [0, 0]}


def main(arguments: list[str]) -> dict[str, Any]:
    """The figures of so many kills."""
    parser = argparse.ArgumentParser(prog="worker_kills")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--database", help="a server's address, where a database may be made")
    given = parser.parse_args(arguments)
    draw = random.Random(given.seed)  # moments of kills are no secret
    with a_store(given.database) as url:
        found = killed(url, given.kills, real=given.real, draw=draw)
    rows = found["rows_per_job"]
    met = found["jobs"] == found["jobs_done"] and len(rows) == 1 and found["workers_ended_well"]
    nothing = ("jobs_without_a_run_of_their_own", "runs_that_no_job_has")
    met = met and not any(found[name] for name in (*nothing, "rows_lost", "rows_changed"))
    if not given.real:
        met = met and rows == [len(CASES)]
    place = "sqlite" if given.database is None else "postgresql"
    return {"database": place, "real": given.real, **found, "met": bool(met)}


if __name__ == "__main__":
    if sys.argv[1] == "--measure":
        measure(*sys.argv[2:4])
    else:
        parser = argparse.ArgumentParser()
        parser.add_argument("--work", nargs=2)
        parser.add_argument("--real", action="store_true")
        parser.add_argument("--seconds", type=float)
        parser.add_argument("--beat", type=float, default=1.0)
        given = parser.parse_args()
        work(*given.work, real=given.real, seconds=given.seconds, beat_s=given.beat)
