"""CartPole where its extra isn't installed: importable, listed, and skipped with a sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench_service.cli.main import status_of
from bench_service.errors import WorkloadError
from bench_service.suite import BUILT_IN, load_suite
from bench_service.workloads import WORKLOADS
from bench_service.workloads.cartpole import played_by_chance, unavailable
from db import queries
from db.session import open_store

WORKLOAD = WORKLOADS.get("cartpole")


@pytest.fixture
def without_gymnasium(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)


def test_importing_the_workloads_imports_no_gymnasium():
    program = "import sys, bench_service.workloads; print('gymnasium' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_it_is_available_with_it():
    assert unavailable() is None


def test_it_says_what_to_install(without_gymnasium):
    assert "pip install 'bench-service[rl]'" in WORKLOAD.unavailable()
    with pytest.raises(WorkloadError, match="gymnasium") as raised:
        played_by_chance.__wrapped__()
    assert "extra rl" in raised.value.next_step


def test_a_run_stores_its_slices_as_skipped_with_that_sentence(
    without_gymnasium, tmp_path, monkeypatch, capsys
):
    path = tmp_path / "results.db"
    monkeypatch.setenv("BENCH_SERVICE_LOCK", str(tmp_path / "lock"))
    asked = ["run", "--kind", "training", "-w", "cartpole", "-a", "relu", "--db", str(path)]
    assert status_of(asked) == 1
    assert "12 slices, relu: CartPole needs gymnasium" in capsys.readouterr().out
    store = open_store(path)
    (uid,) = queries.runs(store)["uid"]
    slices = queries.training_slices(store, uid)
    assert len(slices) == 12
    assert set(slices["status"]) == {"skipped"}
    assert set(slices["reason"]) == {WORKLOAD.unavailable()}


def test_it_is_listed(without_gymnasium, capsys):
    assert status_of(["list", "workloads"]) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "cartpole" in line]
    assert " no " in row


def test_no_suite_that_comes_along_needs_an_extra():
    for name in BUILT_IN:
        training = load_suite(name).training
        assert training is None or "cartpole" not in training.workloads
