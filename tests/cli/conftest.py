"""A command line to call, and stores that hold every kind of run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest

from bench_service.cli.main import status_of
from bench_service.record import CiBenchmark, Recorder, RunHeader
from bench_service.result import (
    CaseOutcome,
    ChildResult,
    Conditions,
    EntryBlocks,
    Role,
    RunStatus,
    Status,
    TimingCase,
)
from db.session import open_store

SCRIPT = [sys.executable, "-c", "from bench_service.cli import main; main()"]
"""The console script, whatever folder it was installed into."""

STARTED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NS_PER_CALL = {"relu": 1000, "gelu": 3000, "leaky_relu": 1010}
NS_BESIDE = {"copy": 500, "call floor": 50}
BESIDE = {
    "relu (reference)": Role.REFERENCE,
    "relu (alias)": Role.ALIAS,
    "copy": Role.COPY,
    "call floor": Role.FLOOR,
}
GROUPS = [Conditions("cpu-eager", name, "float32", 1024) for name in ("forward", "backward")]


@dataclass(frozen=True)
class Answer:
    """What a command line said."""

    status: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def own_machine(tmp_path, monkeypatch):
    """A lock and a default store of the test's own; nobody else's settings."""
    monkeypatch.setenv("BENCH_SERVICE_LOCK", str(tmp_path / "lock"))
    monkeypatch.setenv("BENCH_SERVICE_DB", str(tmp_path / "default.db"))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def call(capsys):
    """Call the command line in this process."""

    def called(*words):
        status = status_of([str(word) for word in words])
        said = capsys.readouterr()
        return Answer(status, said.out, said.err)

    return called


@pytest.fixture
def start(tmp_path):
    """Call the command line in a process of its own."""

    def started(*words, env=None, **more):
        return subprocess.run(
            [*SCRIPT, *map(str, words)],
            env={**os.environ, **(env or {})},
            cwd=more.pop("cwd", tmp_path),
            capture_output=True,
            timeout=120,
            check=False,
            **more,
        )

    return started


def header(**changes):
    values = {
        "suite": "smoke",
        "suite_document": {"name": "smoke"},
        "hardware": {"cpu": "a CPU"},
        "software": {"python": "3.11.7", "packages": {"torch": "2.13.0"}},
        "hardware_label": "A CPU, 2 cores",
        "software_label": "Python 3.11.7, torch 2.13.0",
        "trigger": "cli",
        "started_at": STARTED,
        "n_planned": 6,
    }
    return RunHeader(**(values | changes))


def blocks(label, role, ns_per_call):
    n = 12
    wall = (10 * ns_per_call * np.exp(np.random.default_rng(7).normal(0, 0.001, n))).astype(
        np.int64
    )
    zero = np.zeros(n, dtype=np.int64)
    return EntryBlocks(label, role, 10, wall, wall, zero, zero, zero, zero)


def record(
    path, *, failed=(), skipped=(), names=tuple(NS_PER_CALL), status=RunStatus.DONE, children=8,
    groups=GROUPS, ns_per_call=MappingProxyType({}), **changes,
):  # fmt: skip
    """The id of a run that looks as if it had been measured; an open one without a status."""
    head = header(**changes)
    of_call = NS_PER_CALL | NS_BESIDE | ns_per_call
    with open_store(path) as store:
        recorder = Recorder(store)
        uid = recorder.begin_run(head)
        for conditions in groups:
            cases = {name: TimingCase(name, conditions) for name in names}
            recorder.outcomes(uid, [outcome(case, failed, skipped) for case in cases.values()])
            timed = [name for name in names if name not in {*failed, *skipped}]
            for process_ix in range(children if timed else 0):
                moved = 1 + 0.002 * (process_ix % 3)
                entries = [blocks(n, Role.CASE, moved * of_call[n]) for n in timed]
                entries += [
                    blocks(label, role, of_call[label.partition(" (")[0]])
                    for label, role in BESIDE.items()
                ]
                begun = head.started_at + timedelta(seconds=process_ix)
                child = ChildResult(
                    conditions.fingerprint, process_ix, 0, True, 1, int(begun.timestamp() * 1e6),
                    "ok", "", tuple(entries),
                )  # fmt: skip
                recorder.child(uid, child, cases)
        if status is not None:
            recorder.close_run(uid, status, finished_at=head.started_at + timedelta(seconds=9))
    return uid


def outcome(case, failed, skipped):
    if case.activation in failed:
        return CaseOutcome(case, Role.CASE, Status.FAILED, "It raised [bold]ValueError[/]: :no:")
    if case.activation in skipped:
        return CaseOutcome(case, Role.CASE, Status.SKIPPED, "It needs 140.0 GB at once.")
    return CaseOutcome(case, Role.CASE, Status.OK, "", 10)


def record_session(path, **changes):
    """The id of a test session that pytest-benchmark measured."""
    rows = [
        CiBenchmark(
            name="test_gelu", fullname="tests/perf/test_engine.py::test_gelu[1024]",
            group_name="gelu", parameters={"numel": 1024}, n_rounds=5, iterations=10,
            times_ns=np.array([2000.0, 2100.0, 1900.0, 2050.0, 1950.0]),
            stats={"median": 2e-6, "max": 2.1e-6},
        )
    ]  # fmt: skip
    with open_store(path) as store:
        recorder = Recorder(store)
        uid = recorder.begin_run(header(suite="pytest", trigger="ci", n_planned=0, **changes))
        recorder.ci_benchmarks(uid, rows)
        recorder.close_run(uid, RunStatus.DONE, finished_at=STARTED + timedelta(seconds=20))
    return uid


@pytest.fixture
def db(tmp_path):
    return tmp_path / "runs.db"


@pytest.fixture
def recorded():
    """How to record a run, and how to record a test session."""
    return SimpleNamespace(run=record, session=record_session, script=SCRIPT, header=header)
