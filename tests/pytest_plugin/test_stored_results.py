"""What a session measured is in the store as pytest-benchmark's own JSON file has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

ROUNDS = 12_345
KEPT = 10_000
TESTS = f"""
import itertools
import sys
from fractions import Fraction

import pytest

def double(n): return 2 * n

@pytest.mark.benchmark(group="sums", disable_gc=True)
@pytest.mark.parametrize("n", [10, 20])
@pytest.mark.parametrize("function", [double, Fraction], ids=["double", "fraction"])
def test_grid(benchmark, function, n):
    benchmark.extra_info.update(activation="relu", numel=n, ratio=Fraction(1, 3))
    benchmark(function, n)

@pytest.mark.benchmark(timer=lambda ticks=itertools.count(): next(ticks) ** 2)
def test_many(benchmark):  # round i takes (2i + 1)^2 - (2i)^2 = 4i + 1 seconds
    benchmark.pedantic(int, rounds={ROUNDS})

def test_few(benchmark):
    benchmark.pedantic(int, rounds=3, iterations=7)

def test_nothing_that_stores_is_there_while_measuring():
    assert not {{"torch", "sqlalchemy", "pandas", "numpy"}} & set(sys.modules)
"""


@dataclass(frozen=True)
class Measured:
    ended: Any
    header: dict[str, Any]
    rows: pd.DataFrame
    reference: dict[str, dict[str, Any]]
    """Entries of the JSON file by name."""


@pytest.fixture(scope="module")
def measured(run_session, runs_in, tmp_path_factory) -> Iterator[Measured]:
    folder = tmp_path_factory.mktemp("measured")
    ended = run_session(
        folder, TESTS, "--benchmark-json=out.json", "--bench-service-db=sqlite:///store.db",
        "--bench-service-context=runner=a 1", "--bench-service-context", "url=http://x/?a=b",
    )  # fmt: skip
    assert ended.status == 0, ended.output
    (run,) = runs_in(folder / "store.db")
    reference = json.loads((folder / "out.json").read_text())["benchmarks"]
    return Measured(ended, run.header, run.benchmarks, {one["name"]: one for one in reference})


def test_every_benchmark_is_stored(measured):
    assert len(measured.reference) == 6
    assert sorted(measured.rows.index) == sorted(measured.reference)
    assert any(line.endswith("keeps 6 of 6 benchmarks.") for line in measured.ended.lines())


def test_a_benchmark_keeps_the_names_of_the_json_file(measured):
    for name, one in measured.reference.items():
        row = measured.rows.loc[name]
        assert row.fullname == one["fullname"]
        assert row.group_name == (one["group"] or "")
    assert set(measured.rows.group_name) == {"", "sums"}


def test_raw_rounds_are_those_of_the_json_file_in_nanoseconds(measured):
    for name in set(measured.reference) - {"test_many"}:
        seconds = measured.reference[name]["stats"]["data"]
        np.testing.assert_allclose(
            measured.rows.times_ns[name], [1e9 * second for second in seconds], rtol=1e-12
        )
    assert len(measured.rows.times_ns["test_few"]) == 3
    assert measured.rows.iterations["test_few"] == 7


def test_statistics_are_those_of_the_json_file(measured):
    for name, one in measured.reference.items():
        expected = {k: v for k, v in one["stats"].items() if k not in ("data", "iterations")}
        assert measured.rows.stats[name] == expected
        assert measured.rows.n_rounds[name] == one["stats"]["rounds"]
        assert measured.rows.iterations[name] == one["stats"]["iterations"]


def test_of_too_many_rounds_the_kept_ones_span_them_all_evenly(measured):
    row = measured.rows.loc["test_many"]
    assert row.n_rounds == ROUNDS
    rounds = (row.times_ns / 1e9 - 1) / 4
    assert len(rounds) == KEPT
    assert (rounds[0], rounds[-1]) == (0, ROUNDS - 1)
    # 12,344 steps over 9,999 distances: each is 1 or 2.
    assert set(np.diff(rounds)) == {1, 2}


def test_parameters_are_kept_with_functions_by_their_names(measured):
    assert measured.rows.params["test_grid[double-10]"] == {"function": "test_it.double", "n": 10}
    assert measured.rows.params["test_grid[fraction-20]"] == {
        "function": "fractions.Fraction",
        "n": 20,
    }
    assert measured.rows.params["test_few"] == {}


def test_extra_info_is_kept_with_what_json_does_not_know_as_text(measured):
    assert measured.rows.extra_info["test_grid[double-20]"] == {
        "activation": "relu",
        "numel": 20,
        "ratio": "Fraction(1, 3)",
    }


def test_the_run_is_one_of_ci_that_is_done(measured):
    header = measured.header
    assert (header["trigger"], header["status"], header["suite"]) == ("ci", "done", "pytest")
    assert header["n_planned"] == 6
    assert header["engine_version"].startswith("pytest-benchmark ")
    assert header["started_at"] < header["finished_at"]


def test_machine_and_commit_are_what_the_hooks_answer(measured):
    assert measured.header["state"]["machine_info"] == {"node": "here", "rack": 3}
    assert measured.header["code"] == {"commit": "0123abc", "is_dirty": True, "branch": "main"}


def test_the_document_has_the_context_and_how_was_measured(measured):
    document = measured.header["suite_document"]
    assert document["context"] == {"runner": "a 1", "url": "http://x/?a=b"}
    for one in measured.reference.values():
        own = document["options_of"].get(one["fullname"], {})
        assert document["options"] | own == one["options"]
    assert document["options"]["max_time"] == 0.01


def test_storing_imports_no_torch(measured):
    assert "sqlalchemy" in measured.ended.modules
    assert "torch" not in measured.ended.modules
