"""Without the option nothing happens, and where there is nothing to store the session says so."""

from __future__ import annotations

import importlib.util
import re

import pytest

MEASURES = "def test_it(benchmark): benchmark(int)\n"
HEAVY = {"torch", "sqlalchemy", "pandas", "numpy", "psutil", "db", "bench_service.record"}
XDIST = "pytest-xdist is active, and pytest-benchmark measures nothing beside it"


def test_without_the_option_nothing_is_stored_and_nothing_imported(run_session, tmp_path):
    ended = run_session(tmp_path, MEASURES)
    assert ended.status == 0
    assert "bench_service.pytest_plugin" in ended.modules
    assert not HEAVY & ended.modules
    assert not re.search("^-+ bench-service -+$", ended.output, re.MULTILINE)
    assert not list(tmp_path.glob("*.db"))


def test_without_pytest_benchmark_all_else_works(run_session, tmp_path):
    tests = "def test_it(): pass\n"
    without = ("-p", "no:benchmark")
    assert run_session(tmp_path, tests, *without, benchmark=False).status == 0
    ended = run_session(tmp_path, tests, *without, "--bench-service-db=s.db", benchmark=False)
    assert ended.status == 0
    assert "Nothing is stored: pytest-benchmark isn't there to measure." in ended.lines()
    assert not HEAVY & ended.modules
    assert not (tmp_path / "s.db").exists()


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is missing")
def test_with_xdist_nothing_is_stored_and_the_summary_says_so(run_session, tmp_path):
    ended = run_session(
        tmp_path, MEASURES, "-n1", "--bench-service-db=s.db",
        "-W", "ignore::pytest_benchmark.logger.PytestBenchmarkWarning",
    )  # fmt: skip
    assert ended.status == 0, ended.output
    told = [line for line in ended.lines() if line.startswith("Nothing is stored")]
    assert told == [f"Nothing is stored: {XDIST}."]
    assert not (tmp_path / "s.db").exists()


@pytest.mark.parametrize(
    ("tests", "option", "reason"),
    [
        (MEASURES, "--benchmark-disable", "benchmarks are disabled"),
        (MEASURES, "--benchmark-skip", "no benchmark has run"),
        ("def test_it(): pass\n", "--strict-config", "no benchmark has run"),
    ],
)
def test_a_session_that_measures_nothing_says_so(run_session, tmp_path, tests, option, reason):
    ended = run_session(tmp_path, tests, option, "--bench-service-db=s.db")
    assert ended.status == 0, ended.output
    assert f"Nothing is stored: {reason}." in ended.lines()
    assert not (tmp_path / "s.db").exists()


@pytest.mark.parametrize("text", ["alone", "=value"])
def test_a_context_that_is_no_pair_is_refused_before_any_test(run_session, tmp_path, text):
    ended = run_session(tmp_path, MEASURES, f"--bench-service-context={text}")
    assert ended.status == pytest.ExitCode.USAGE_ERROR
    assert f"{text!r} isn't KEY=VALUE" in ended.output
