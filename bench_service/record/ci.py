"""Rows of a test session's benchmarks."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench_service.record.documents import plain
from bench_service.record.values import CiBenchmark

MOST_TIMES = 10_000
"""Times kept of one benchmark; of more, as many spread evenly over all, in measured order."""


def ci_row(run_id: int, benchmark: CiBenchmark) -> dict[str, Any]:
    """A row of ci_benchmark."""
    times = np.asarray(benchmark.times_ns, dtype=np.float64)
    if len(times) > MOST_TIMES:
        times = times[np.linspace(0, len(times) - 1, MOST_TIMES).astype(np.int64)]
    return {
        "run_id": run_id,
        "name": benchmark.name,
        "fullname": benchmark.fullname,
        "group_name": benchmark.group_name,
        "parameters": plain(benchmark.parameters),
        "extra_info": plain(benchmark.extra_info),
        "n_rounds": benchmark.n_rounds,
        "iterations": benchmark.iterations,
        "times_ns": times,
        "stats": plain(benchmark.stats),
    }
