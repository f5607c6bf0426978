"""What a recorder is handed over, as small as it can be."""

from __future__ import annotations

import math

import numpy as np
from slices import trained
from sqlalchemy import func, select

from bench_service.record import CiBenchmark, RunHeader
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

GROUPS = [Conditions("cpu-eager", "forward", "float32", numel) for numel in (1024, 65_536)]
LABELS = {"gelu": Role.CASE, "elu(alpha=2)": Role.CASE, "copy": Role.COPY}
HEADER = RunHeader(suite="quick", suite_document={"a": [1]}, hardware={}, software={})
ARRAYS = EntryBlocks.array_names()


def cases_of(group):
    return {
        "gelu": TimingCase("gelu", group),
        "elu(alpha=2)": TimingCase("elu", group, (("alpha", 2.0),)),
    }


def entry(label="gelu", numbers=(5, 6), n_calls=3):
    array = np.array(numbers, dtype=np.int64)
    return EntryBlocks(label, LABELS[label], n_calls, **dict.fromkeys(ARRAYS, array))


def child(group=GROUPS[0], process_ix=0, part=0, *, is_last=True, blocks=None, **changes):
    blocks = (entry(), entry("copy")) if blocks is None else blocks
    values = {"seed": 1, "started_at_us": 1_700_000_000_000_001, "status": "ok", "reason": ""}
    return ChildResult(
        group.fingerprint, process_ix, part, is_last, **values | changes, blocks=tuple(blocks)
    )


def give(recorder, uid, result, group=GROUPS[0]):
    return recorder.child(uid, result, cases_of(group))


def count(store, table):
    with store.transaction(reads_only=True) as connection:
        return connection.scalar(select(func.count()).select_from(table))


def benchmark():
    return CiBenchmark(
        name="a", fullname="t::a", group_name="g", parameters={"n": 1}, extra_info={"x": None},
        n_rounds=3, iterations=2, times_ns=np.array([1.5, math.inf]), stats={"median": 1.5},
    )  # fmt: skip


def every_way_to_write(recorder, uid):
    return {
        "outcome": lambda: recorder.outcome(
            uid, CaseOutcome(TimingCase("gelu", GROUPS[0]), Role.CASE, Status.OK)
        ),
        "child": lambda: give(recorder, uid, child(process_ix=5)),
        "slices": lambda: recorder.slices(uid, [trained()]),
        "ci": lambda: recorder.ci_benchmarks(uid, [benchmark()]),
        "close": lambda: recorder.close_run(uid, RunStatus.DONE),
    }
