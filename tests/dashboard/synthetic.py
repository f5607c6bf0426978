"""Stores as a measuring machine leaves them, made in a moment from a seeded generator."""

from __future__ import annotations

import platform
from datetime import UTC, datetime, timedelta

import numpy as np
import psutil

from bench_service.record import CiBenchmark, Recorder, RunHeader
from bench_service.result import (
    CaseOutcome,
    ChildResult,
    Conditions,
    EntryBlocks,
    Role,
    Status,
    TimingCase,
)
from db.session import open_store

COSTS = {
    "relu": 1.0, "leaky_relu": 1.06, "prelu_shared": 1.3, "relu6": 1.003, "elu": 3.1, "selu": 3.2,
    "gelu": 4.4, "silu": 2.6, "mish": 6.1, "hardswish": 1.2, "softplus": 5.2, "hardtanh": 0.93,
}  # fmt: skip
SIZES = (1024, 32_768, 1_048_576)
PASSES = ("forward", "backward")
BESIDE = {
    "relu (reference)": Role.REFERENCE,
    "relu (alias)": Role.ALIAS,
    "copy": Role.COPY,
    "call floor": Role.FLOOR,
}
STARTED = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HARDWARE = {"cpu_model": "Xeon Platinum 8481C", "cores": 2, "caches": {"L2": "2048K"}, "gpus": []}
SOFTWARE = {"python": "3.11.7", "packages": {"torch": "2.13.0"}, "governor": ""}


def header(*, label=None, suite="quick", started_at=STARTED, machine="Xeon Platinum 8481C, 2 cores",
           trigger="cli", n_planned=0, code=None, state=None):  # fmt: skip
    """A run's header on a machine of that name."""
    return RunHeader(
        suite=suite, suite_document={"name": suite}, hardware={**HARDWARE, "name": machine},
        software=SOFTWARE, hardware_label=machine, software_label="torch 2.13.0",
        torch_version="2.13.0", trigger=trigger, label=label, n_planned=n_planned,
        engine_version="0.1.0", code=code or {}, state=state or {}, started_at=started_at,
    )  # fmt: skip


def this_process():
    """What a run stores of the process that measures it: here, this one, which is alive."""
    process = psutil.Process()
    return {
        "host": platform.node(), "boot_time": int(psutil.boot_time()), "pid": process.pid,
        "process_started": process.create_time(),
    }  # fmt: skip


def call_ns(name, conditions):
    """The true time of a call: a floor, and bytes at a speed that the allocator halves."""
    if name == "call floor":
        return 60.0
    cost = {**COSTS, "copy": 0.9}.get(name.partition(" (")[0], 1.0)
    # A copy moves two tensors whatever the pass is; a backward pass moves three.
    per_element = 0.1 if conditions.pass_name == "forward" or name == "copy" else 0.16
    is_slow = conditions.condition == "default" and conditions.numel > 100_000
    return 900.0 + (2.2 if is_slow else 1.0) * per_element * cost * conditions.numel


def blocks(rng, name, role, conditions, luck, n_rounds):
    """One entry's rounds in one child, whose memory makes it faster or slower by its luck."""
    truth = call_ns(name, conditions)
    n_calls = max(1, int(150_000 / truth))
    wall = truth * n_calls * luck * np.exp(rng.normal(0, 0.01, n_rounds))
    zero = np.zeros(n_rounds, dtype=np.int64)
    is_faulting = conditions.condition == "default" and conditions.numel > 100_000
    faults = zero + (conditions.numel // 1024 * n_calls if is_faulting else 0)
    flags = zero.copy()
    flags[0] = 1
    return EntryBlocks(
        name, role, n_calls, wall.astype(np.int64), wall.astype(np.int64), zero, zero, faults, flags
    )


def groups_of(sizes=SIZES, passes=PASSES, conditions=("default",), backend="cpu-eager"):
    """The conditions of a run's groups; the arena only where it matters."""
    return [
        Conditions(backend, pass_name, "float32", numel, condition)
        for pass_name in passes
        for numel in sizes
        for condition in conditions
        if condition != "arena" or numel > 10_000
    ]


def record_run(url, rng, *, groups=None, names=tuple(COSTS), failed=(), skipped=(), n_processes=8,
               n_rounds=10, status="done", seconds=41, **changes):  # fmt: skip
    """The id of a run that was recorded as the engine does it; open where the status is None."""
    groups = groups_of() if groups is None else groups
    planned = changes.pop("n_planned", len(groups) * len(names))
    head = header(n_planned=planned, **changes)
    with open_store(url) as store:
        recorder = Recorder(store)
        uid = recorder.begin_run(head)
        for conditions in groups:
            cases = {name: TimingCase(name, conditions) for name in names}
            recorder.outcomes(uid, [outcome(case, failed, skipped) for case in cases.values()])
            timed = [name for name in names if name not in {*failed, *skipped}]
            for process_ix in range(n_processes if timed else 0):
                begun = head.started_at + timedelta(seconds=seconds * process_ix / n_processes)
                rows = [(name, Role.CASE) for name in timed] + list(BESIDE.items())
                measured = tuple(
                    blocks(rng, name, role, conditions, np.exp(rng.normal(0, 0.006)), n_rounds)
                    for name, role in rows
                )
                child = ChildResult(
                    conditions.fingerprint, process_ix, 0, True, 1,
                    int(begun.timestamp() * 1e6), "ok", "", measured,
                )  # fmt: skip
                recorder.child(uid, child, cases)
        if status is not None:
            recorder.close_run(
                uid, status, finished_at=head.started_at + timedelta(seconds=seconds)
            )
    return uid


def outcome(case, failed, skipped):
    """What became of a case."""
    if case.activation in failed:
        reason = "The gradient differs from the float64 reference by 0.5 at x = -3."
        return CaseOutcome(case, Role.CASE, Status.FAILED, reason)
    if case.activation in skipped:
        return CaseOutcome(case, Role.CASE, Status.SKIPPED, "It needs 140.0 GB at once.")
    kept = 4.0 if case.conditions.pass_name == "backward" else None
    return CaseOutcome(case, Role.CASE, Status.OK, "", 10, kept)


def record_session(url, rng, *, started_at=STARTED, commit="3f2a91bc", n_benchmarks=4):
    """The id of a session of pytest-benchmark."""
    with open_store(url) as store:
        recorder = Recorder(store)
        uid = recorder.begin_run(
            header(suite="pytest", trigger="ci", started_at=started_at, code={"commit": commit})
        )
        rows = [
            CiBenchmark(
                name=f"test_forward[{name}]", fullname=f"tests/perf/test_act.py::test[{name}]",
                n_rounds=120, iterations=10, times_ns=rng.normal(2000 * COSTS[name], 40, 50),
                stats={"median": 2e-6 * COSTS[name]},
            )
            for name in list(COSTS)[:n_benchmarks]
        ]  # fmt: skip
        recorder.ci_benchmarks(uid, rows)
        recorder.close_run(uid, "done", finished_at=started_at + timedelta(seconds=20))
    return uid
