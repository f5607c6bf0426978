"""Benchmarks whose test fails are left out and counted; a store that fails fails the session."""

from __future__ import annotations

import pytest

from db.session import open_store

FAILING = """
import pytest

def test_good(benchmark):
    benchmark(int)

def test_raises(benchmark):
    benchmark.pedantic(int, args=("x",), rounds=3)

def test_is_wrong(benchmark):
    assert benchmark(int) == 1

def test_has_no_fixture(benchmark, missing):
    benchmark(int)

@pytest.mark.xfail(strict=True)
def test_is_known_to_be_wrong(benchmark):
    assert benchmark(int) == 1

def test_caught(benchmark):
    with pytest.raises(ValueError):
        benchmark(int, "x")

def test_fails_without_a_benchmark():
    assert False
"""
GOOD = """
import pytest

def test_good(benchmark): benchmark(int)

def test_other(): pass

def test_skipped(benchmark): pytest.skip()
"""
INTERRUPTED = """
import itertools

def call(numbers=itertools.count()):
    if next(numbers) == 3:
        raise KeyboardInterrupt

def test_long(benchmark):
    benchmark.pedantic(call, rounds=9)
"""
TRIED_TWICE = """
tries = []

def test_good_in_the_end(benchmark):
    tries.append(1)
    benchmark.pedantic(int, rounds=len(tries))
    assert len(tries) == 2
"""
TRIES_TWICE = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, log=False, nextitem=nextitem)
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        item.ihook.pytest_runtest_logreport(report=report)
    return True
"""


def test_a_failed_benchmark_is_left_out_and_counted(run_session, runs_in, tmp_path):
    ended = run_session(tmp_path, FAILING, "--bench-service-db=store.db")
    assert ended.status == 1
    (run,) = runs_in(tmp_path / "store.db")
    assert run.benchmarks.index.tolist() == ["test_good"]
    assert (run.header["status"], run.header["n_planned"]) == ("partial", 6)
    assert any(line.endswith("keeps 1 of 6 benchmarks.") for line in ended.lines())
    assert "Left out because they failed or did not end: 5." in ended.lines()


def test_a_session_whose_benchmarks_all_fail_is_a_failed_run(run_session, runs_in, tmp_path):
    run_session(tmp_path, "def test_it(benchmark): benchmark(int, 'x')", "--bench-service-db=s.db")
    (run,) = runs_in(tmp_path / "s.db")
    assert run.benchmarks.empty
    assert (run.header["status"], run.header["n_planned"]) == ("failed", 1)


def test_of_a_benchmark_that_is_tried_again_the_last_try_stands(run_session, runs_in, tmp_path):
    ended = run_session(tmp_path, TRIED_TWICE, "--bench-service-db=s.db", conftest=TRIES_TWICE)
    assert ended.status == 0, ended.output
    (run,) = runs_in(tmp_path / "s.db")
    assert run.header["status"] == "done"
    assert run.benchmarks.n_rounds.tolist() == [2]


def test_an_interrupted_session_keeps_what_it_had_measured_by_then(run_session, runs_in, tmp_path):
    ended = run_session(tmp_path, GOOD + INTERRUPTED, "--bench-service-db=store.db")
    assert ended.status == pytest.ExitCode.INTERRUPTED
    (run,) = runs_in(tmp_path / "store.db")
    assert run.benchmarks.index.tolist() == ["test_good"]
    assert (run.header["status"], run.header["n_planned"]) == ("interrupted", 2)


def test_a_warning_while_storing_is_no_error_though_the_tests_make_it_one(
    run_session, runs_in, tmp_path
):
    warns = """
import warnings
def pytest_benchmark_update_commit_info(config, commit_info): warnings.warn("old", FutureWarning)
"""
    ended = run_session(tmp_path, GOOD, "--bench-service-db=store.db", conftest=warns)
    assert ended.status == 0, ended.output
    assert len(runs_in(tmp_path / "store.db")) == 1
    assert any("FutureWarning: old" in line for line in ended.lines())


def not_a_database(path):
    path.write_text("These are notes, and no database. " * 200)
    return "isn't a store"


def a_folder(path):
    path.mkdir()
    return "There is no store at that place."


def read_only(path):
    open_store(path).close()
    with path.open("r+b") as file:  # a format that this SQLite may read and not write
        file.seek(18)
        file.write(bytes([9]))
    return "The store can't be written."


@pytest.mark.parametrize("broken", [not_a_database, a_folder, read_only])
def test_a_store_that_cannot_be_written_fails_the_session_and_no_test(
    run_session, tmp_path, broken
):
    path = tmp_path / "store.db"
    message = broken(path)
    before = path.read_bytes() if path.is_file() else None
    ended = run_session(tmp_path, GOOD, f"--bench-service-db=sqlite:///{path}")
    assert ended.status == 1
    assert "2 passed, 1 skipped" in ended.lines()[-1]
    assert "The benchmarks could not be stored where --bench-service-db says." in ended.lines()
    assert any(message in line for line in ended.lines())
    assert any(str(path) in line for line in ended.lines())
    assert (path.read_bytes() if path.is_file() else None) == before


def test_an_error_of_a_hook_fails_the_session_and_no_test(run_session, tmp_path):
    broken = "def pytest_benchmark_update_commit_info(config, commit_info): commit_info['x'].y"
    ended = run_session(tmp_path, GOOD, "--bench-service-db=store.db", conftest=broken)
    assert ended.status == 1
    assert "KeyError: 'x'" in ended.lines()
    assert "2 passed, 1 skipped" in ended.lines()[-1]
