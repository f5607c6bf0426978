"""What the recorder writes is what the queries answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from slices import DIGITS, diverged, trained

from bench_service.record import ActivationFacts, Recorder, RunHeader
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
from db.errors import ClosedRunError
from db.session import Store, open_store

CONDITIONS = Conditions(backend="cpu-eager", pass_name="forward", dtype="float32", numel=1024)
GELU = TimingCase("gelu", CONDITIONS)
RELU = TimingCase("relu", CONDITIONS)
COPY = TimingCase("copy", CONDITIONS)


def header(**changes: object) -> RunHeader:
    values: dict[str, object] = {
        "suite": "quick",
        "suite_document": {"name": "quick"},
        "hardware": {"cpu": "Zen 4"},
        "software": {"torch": "2.13.0"},
        "n_planned": 1,
    }
    return RunHeader(**(values | changes))  # type: ignore[arg-type]


def entry(label: str, role: str, first: int, n_rounds: int = 3) -> EntryBlocks:
    numbers = np.arange(first, first + n_rounds, dtype=np.int64)
    arrays = {name: numbers + i for i, name in enumerate(EntryBlocks.array_names())}
    return EntryBlocks(label, role, n_calls=7, **arrays)


def child(process_ix: int = 0, part: int = 0, *, is_last: bool = True) -> ChildResult:
    blocks = (
        entry("gelu", Role.CASE, 100 * part),
        entry("relu (reference)", Role.REFERENCE, 200),
        entry("copy", Role.COPY, 300),
    )
    return ChildResult(
        CONDITIONS.fingerprint, process_ix, part, is_last, 1, 10**15, "ok", "", blocks, {"a": part}
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.db") as opened:
        yield opened


def test_a_run_comes_back_as_it_was_recorded(store: Store) -> None:
    recorder = Recorder(store)
    recorder.activations(
        [
            ActivationFacts(
                name="gelu", family="smooth", shape_class="elementwise", formula="x Φ(x)",
                latex="x", source="Hendrycks 2016",
            )
        ]
    )  # fmt: skip
    uid = recorder.begin_run(header(label="mine"))
    assert recorder.child(uid, child(is_last=False), {"gelu": GELU})
    assert recorder.child(uid, child(part=1), {"gelu": GELU})
    assert not recorder.child(uid, child(part=1), {"gelu": GELU})
    recorder.outcomes(
        uid,
        [
            CaseOutcome(GELU, Role.CASE, Status.OK, n_calls=7, saved_bytes_per_element=4.0),
            CaseOutcome(RELU, Role.REFERENCE, Status.OK, n_calls=7),
            CaseOutcome(COPY, Role.COPY, Status.OK, n_calls=7),
        ],
    )
    recorder.close_run(uid, RunStatus.DONE)
    with pytest.raises(ClosedRunError):
        recorder.child(uid, child(1), {"gelu": GELU})

    assert [queries.find_run(store, name) for name in ("latest", "mine", uid, uid[:9])] == [uid] * 4
    run = queries.runs(store).iloc[0]
    assert (run.status, run.n_cases, run.n_ok, run.torch_version) == ("done", 1, 1, "2.13.0")
    blocks = queries.timing_blocks(store, uid).set_index("label")
    assert blocks.wall_ns["gelu"].tolist() == [0, 1, 2, 100, 101, 102]
    assert blocks.activation["gelu"] == "gelu"
    processes = queries.timing_processes(store, uid)
    assert processes.n_rounds.tolist() == [6]
    assert processes.facts[0] == {"a": 1}
    outcomes = queries.timing_outcomes(store, uid)
    assert outcomes.activation_version.tolist()[0] == 1
    assert queries.run_header(store, uid)["suite_document"] == {"name": "quick"}
    assert queries.environment(store, uid)["hardware"] == {"cpu": "Zen 4"}


def test_what_was_trained_comes_back_beside_what_was_timed(store: Store) -> None:
    recorder = Recorder(store)
    recorder.workloads([DIGITS])
    uid = recorder.begin_run(header())
    recorder.child(uid, child(), {"gelu": GELU})
    recorder.outcome(uid, CaseOutcome(GELU, Role.CASE, Status.OK, n_calls=7))
    assert recorder.slices(uid, [trained(), diverged(seed=1)]) == 2
    recorder.close_run(uid, RunStatus.DONE)
    with pytest.raises(ClosedRunError):
        recorder.slices(uid, [trained(seed=2)])

    run = queries.runs(store).iloc[0]
    assert (run.n_cases, run.n_ok, run.n_failed) == (3, 3, 0)
    slices = queries.training_slices(store, uid)
    assert slices.status.tolist() == ["ok", "diverged"]
    assert recorder.recorded_slices(uid) == dict(zip(slices.case, slices.status, strict=True))
    curves = queries.training_curves(store, uid, workload="digits_mlp", metric="accuracy")
    assert [values.tolist() for values in curves["values"]] == [[0.1, 0.96]]
    assert queries.workloads(store, uid)["target"].tolist() == [0.95]


IMPORTS = """
import sys
import {module}
print(*sorted(name.partition(".")[0] for name in sys.modules))
"""


def roots(module: str) -> set[str]:
    """The top-level packages that a fresh interpreter holds after importing a module."""
    program = [sys.executable, "-c", IMPORTS.format(module=module)]
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["bench_service.record", "db.queries", "db.migrate"])
def test_neither_recording_nor_reading_needs_torch(module: str) -> None:
    assert "torch" not in roots(module)


@pytest.mark.parametrize(
    "module", ["db.session", "db.queries", "db.migrate", "db.maintenance", "db.pruning"]
)
def test_the_store_knows_nothing_of_those_who_use_it(module: str) -> None:
    assert roots(module) & {"bench_service", "dashboard"} == set()


def test_opening_a_store_waits_for_neither_pandas_nor_alembic() -> None:
    assert roots("db.session") & {"pandas", "alembic"} == set()


def test_naming_an_error_of_the_store_loads_no_database() -> None:
    assert roots("db.errors") & {"sqlalchemy", "sqlite3"} == set()
