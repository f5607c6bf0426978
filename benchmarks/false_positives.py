"""ReLU against an alias of itself, 400 comparisons: at most 5 % may be called different."""

from __future__ import annotations

import argparse
from typing import Any

from bench_service.analysis.verdict import Verdict
from bench_service.result import Conditions, Pass
from bench_service.selftest.comparison import compared, comparison_spec, measure_child, prepare
from bench_service.selftest.diagnosis import Rate
from bench_service.suite import TimingSuite
from bench_service.timing.forker_client import Forker
from benchmarks.disturbance import busy_neighbours

NUMELS = (1024, 16384, 65536, 262144)
TIMING = TimingSuite(child_ms=40, max_rounds=30)
N_ALIASES = 4
CHILDREN = 10


def measure(n_comparisons: int, seed: int, *, busy: bool) -> dict[str, Any]:
    """The figures of so many comparisons, over 4 sizes and 3 passes, 10 children each."""
    groups = [Conditions("cpu-eager", p.value, "float32", n) for p in Pass for n in NUMELS]
    repeats = -(-n_comparisons // (len(groups) * N_ALIASES))
    aliases = [(f"relu again {i}", "relu") for i in range(N_ALIASES)]
    with Forker() as forker, busy_neighbours(busy):
        specs = [comparison_spec(conditions, "relu", aliases, seed) for conditions in groups]
        states = [prepare(forker.ask, spec, TIMING) for spec in specs]
        for _ in range(repeats * CHILDREN):
            for state in states:
                measure_child(forker.ask, state, TIMING)
    found = [
        comparison
        for state in states
        for first in range(0, repeats * CHILDREN, CHILDREN)
        for comparison in compared(state, first, first + CHILDREN)
    ]
    different = Rate.of([c.verdict in (Verdict.FASTER, Verdict.SLOWER) for c in found])
    excluded = Rate.of([not c.log_ratio.low <= 0 <= c.log_ratio.high for c in found])
    return {
        "n": different.n,
        "called_different": different.value,
        "called_different_95": [different.low, different.high],
        "interval_excludes_1": excluded.value,
        "interval_excludes_1_95": [excluded.low, excluded.high],
        "met": different.value <= 0.05 and different.high <= 0.075,
    }


def main(arguments: list[str]) -> dict[str, Any]:
    """The figures, quiet and with a busy neighbour on each core."""
    parser = argparse.ArgumentParser(prog="false_positives")
    parser.add_argument("--comparisons", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    quiet = measure(given.comparisons, given.seed, busy=False)
    print("quiet", quiet, flush=True)
    busy = measure(given.comparisons, given.seed + 1, busy=True)
    return {"quiet": quiet, "busy": busy, "met": quiet["met"] and busy["met"]}
