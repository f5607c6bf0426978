"""What storing and reading a run of the size of `quick` costs; the times in it are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product
from pathlib import Path

import numpy as np
import pytest

from bench_service.analysis.timing import summarise
from bench_service.record import Recorder, RunHeader
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
from db import queries
from db.session import Store, open_store

pytestmark = pytest.mark.benchmark(group="store")

# As `quick`: 12 cases beside ReLU twice, a copy and the call floor, 6 groups, 20 children, and
# rounds as many as a child does of the smaller sizes.
CASES = tuple(f"activation_{number}" for number in range(12))
BESIDE = {
    "relu (reference)": Role.REFERENCE,
    "relu (alias)": Role.ALIAS,
    "copy": Role.COPY,
    "call floor": Role.FLOOR,
}
GROUPS = tuple(
    Conditions(backend="cpu-eager", pass_name=pass_name, dtype="float32", numel=numel)
    for pass_name, numel in product(("forward", "backward"), (1024, 32_768, 1_048_576))
)
N_CHILDREN, N_ROUNDS = 20, 30
HEADER = RunHeader(suite="quick", suite_document={}, hardware={}, software={})


def cases_of(conditions: Conditions) -> dict[str, TimingCase]:
    return {name: TimingCase(name, conditions) for name in CASES}


def child_of(conditions: Conditions, process_ix: int, random: np.random.Generator) -> ChildResult:
    zeros = np.zeros(N_ROUNDS, dtype=np.int64)
    blocks = tuple(
        EntryBlocks(
            label, role, n_calls=100, wall_ns=random.integers(100_000, 200_000, N_ROUNDS),
            cpu_ns=random.integers(100_000, 200_000, N_ROUNDS),
            position=random.integers(0, 16, N_ROUNDS),
            involuntary_switches=zeros, minor_faults=zeros, flags=zeros,
        )
        for label, role in [*((name, Role.CASE) for name in CASES), *BESIDE.items()]
    )  # fmt: skip
    return ChildResult(conditions.fingerprint, process_ix, 0, True, 0, 10**15, "ok", "", blocks)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str]]:
    random = np.random.default_rng(0)
    with open_store(tmp_path_factory.mktemp("quick") / "store.db") as store:
        recorder = Recorder(store)
        uid = recorder.begin_run(HEADER)
        for conditions in GROUPS:
            cases = cases_of(conditions)
            outcomes = [CaseOutcome(case, Role.CASE, Status.OK) for case in cases.values()]
            recorder.outcomes(uid, outcomes)
            for process_ix in range(N_CHILDREN):
                recorder.child(uid, child_of(conditions, process_ix, random), cases)
        recorder.close_run(uid, RunStatus.DONE)
        yield store, uid


def test_one_child_of_16_entries_and_30_rounds_is_stored(benchmark, tmp_path: Path):
    random, numbers, (conditions, *_) = np.random.default_rng(0), count(), GROUPS
    cases = cases_of(conditions)
    with open_store(tmp_path / "store.db") as store:
        recorder = Recorder(store)
        uid = recorder.begin_run(HEADER)

        def next_child():
            return (uid, child_of(conditions, next(numbers), random), cases), {}

        is_new = benchmark.pedantic(recorder.child, setup=next_child, rounds=50, warmup_rounds=5)
    assert is_new


def frames(store: Store, uid: str):
    return (
        queries.timing_outcomes(store, uid),
        queries.timing_blocks(store, uid),
        queries.timing_processes(store, uid),
    )


def test_a_run_is_read(benchmark, quick):
    _, blocks, _ = benchmark.pedantic(frames, args=quick, rounds=5)
    assert len(blocks) == len(GROUPS) * N_CHILDREN * (len(CASES) + len(BESIDE))


def test_a_run_is_summarised(benchmark, quick):
    table = benchmark.pedantic(summarise, args=frames(*quick), rounds=3)
    assert len(table) == len(GROUPS) * len(CASES)
    assert table["ratio"].notna().all()
