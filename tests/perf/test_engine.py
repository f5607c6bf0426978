"""What this program itself costs around what it measures, analyses and imports."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from bench_service.analysis.statistics import hodges_lehmann
from bench_service.planning import make_plan
from bench_service.result import Role
from bench_service.suite import load_suite
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds
from bench_service.timing.stopwatch import HostStopwatch

pytestmark = pytest.mark.benchmark(group="engine", max_time=0.3, min_rounds=5)


def nothing() -> None:
    pass


@pytest.mark.parametrize("n_entries", [1, 15])
def test_one_round_around_calls_that_do_nothing(benchmark, n_entries):
    benchmark.extra_info["entries"] = n_entries
    entries = [Entry(str(i), Role.CASE, nothing, n_calls=1) for i in range(n_entries)]
    random, stopwatch = np.random.default_rng(0), HostStopwatch()

    def one_round():
        return list(measure_rounds(entries, RoundPlan(n_rounds=1), stopwatch, random))

    (blocks,) = benchmark(one_round)
    assert [block.label for block in blocks] == [entry.label for entry in entries]


def test_the_plan_of_quick(benchmark):
    suite = load_suite("quick")
    plan = benchmark(make_plan, suite)
    benchmark.extra_info["cases"] = len(plan.cases)
    assert plan.groups


def test_the_location_of_40_rounds(benchmark):
    values = np.random.default_rng(0).normal(size=40)
    location = benchmark(hodges_lehmann, values)
    assert values.min() < location < values.max()


@pytest.mark.parametrize("statement", ["pass", "import bench_service", "import bench_service.api"])
def test_a_python_that_imports(benchmark, statement):
    """Beside ``pass``, what is left is the import."""
    benchmark.extra_info["statement"] = statement
    command = [sys.executable, "-c", statement]
    done = benchmark.pedantic(
        subprocess.run, args=(command,), kwargs={"check": True}, rounds=5, warmup_rounds=1
    )
    assert done.returncode == 0
