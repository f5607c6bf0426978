"""From a suite to its table over a machine without noise: every number is known beforehand."""

from __future__ import annotations

import math

import pytest
from fakes import Machine, Told, suite_of

from bench_service.contract import run_document
from bench_service.execution import Execution
from bench_service.loaded import load_from
from bench_service.planning import make_plan
from bench_service.record import Recorder, RunHeader
from bench_service.result import RunStatus
from bench_service.timing.spec import COPY_LABEL, FLOOR_LABEL
from db.session import open_store

NUMEL = 10_000


@pytest.fixture
def finished(tmp_path):
    """Runs a suite over a machine and loads what the store then holds."""

    def run(machine, *activations, **timing):
        suite = suite_of(*activations, numels=[NUMEL], **{"processes": 6, **timing})
        with open_store(tmp_path / "runs.db") as store:
            recorder = Recorder(store)
            header = RunHeader(
                suite="exact", suite_document=suite.model_dump(mode="json"), hardware={},
                software={},
            )  # fmt: skip
            uid = recorder.begin_run(header)
            execution = Execution(
                make_plan(suite), uid, recorder, machine.ask, Told(), 3, machine.seconds
            )
            recorder.close_run(uid, execution.execute())
            return load_from(store, uid)

    return run


def test_three_nanoseconds_an_element_against_two_are_a_ratio_of_one_and_a_half(finished):
    """ReLU 2 ns an element, GELU 3, SiLU 1; a copy 1.6, a call 50 ns."""
    machine = Machine(
        costs={"gelu": 3 * NUMEL, "silu": NUMEL, COPY_LABEL: 16_000, FLOOR_LABEL: 50},
        default=2 * NUMEL,
    )
    run = finished(machine, "relu", "gelu", "silu")
    assert run.status is RunStatus.DONE
    table = run.timing.set_index("activation")
    for name, ns, ratio in (("relu", 20_000, 1.0), ("gelu", 30_000, 1.5), ("silu", 10_000, 0.5)):
        row = table.loc[name]
        assert row.time_ns == row.time_low_ns == row.time_high_ns == ns
        assert row.ratio == pytest.approx(ratio, rel=1e-14)
        assert row.ratio_low == pytest.approx(ratio, rel=1e-14)
        assert row.bytes_per_s == pytest.approx(2 * 4 * NUMEL / (ns * 1e-9))
        assert row.fraction_of_copy == pytest.approx(16_000 / ns)
        assert (row.aa_ratio, row.aa_low, row.aa_high) == (1, 1, 1)
        assert (row.quality, row.n_processes, row.faults_per_call) == ("certified", 6, 0)
        assert row.n_rounds == 6 * 12
        assert row.flagged_share == 0
    assert table.verdict.to_dict() == {"relu": "equivalent", "gelu": "slower", "silu": "faster"}


def test_a_lottery_between_processes_is_the_interval_and_shows_as_what_one_process_sees(finished):
    """Log-ratios of 0.1, 0.2, ..., 0.6: mean 0.35, standard deviation sqrt(0.035).

    Half-width 2.5706 * sqrt(0.035 / 6) without widening; r = 0.5 of six values is above
    1.2816 / sqrt(6) - 1/6 = 0.357, rho = min(0.9, (0.5 + 1/6) / (1 - 3/6)) = 0.9, and so the
    standard error grows by sqrt(1.9 / 0.1).
    """
    machine = Machine(
        costs={
            "gelu": lambda spec: round(1e9 * math.exp(0.1 * (spec.process_ix + 1))),
            FLOOR_LABEL: 50,
        },
        default=10**9,
    )
    run = finished(machine, "gelu", child_ms=600_000, max_rounds=4, max_processes=6, seconds=1e9)
    (row,) = run.timing.to_dict("records")
    half_width = 2.570581835636305 * math.sqrt(0.035 / 6) * math.sqrt(19)
    assert math.log(row["ratio"]) == pytest.approx(0.35, abs=1e-8)
    assert math.log(row["ratio_high"]) == pytest.approx(0.35 + half_width, abs=1e-7)
    reach = 2.570581835636305 * math.sqrt(0.035 * (1 + 1 / 6))
    assert math.log(row["process_high"]) == pytest.approx(0.35 + reach, abs=1e-7)
    assert row["verdict"] == "inconclusive"
    assert row["quality"] == "unstable"


def test_the_document_of_an_exact_run_says_the_same(finished):
    machine = Machine(costs={"gelu": 3000, FLOOR_LABEL: 50}, default=2000)
    run = finished(machine, "gelu")
    made = run_document(run.header, run.environment, run.timing)
    (row,) = made["timing"]
    assert row["ratio"] == pytest.approx(1.5)
    assert (made["run"]["status"], made["run"]["n_cases"], made["run"]["n_ok"]) == ("done", 1, 1)
