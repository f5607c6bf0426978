"""Questions to the store, each answered by a tidy DataFrame (or a dict) of bounded length."""

from db.queries.catalogue import activations, hardware, quantities
from db.queries.ci import ci_benchmarks, ci_history
from db.queries.find import find_run
from db.queries.run import environment, run_header, runs
from db.queries.timing import timing_blocks, timing_outcomes, timing_processes

__all__ = [
    "activations",
    "ci_benchmarks",
    "ci_history",
    "environment",
    "find_run",
    "hardware",
    "quantities",
    "run_header",
    "runs",
    "timing_blocks",
    "timing_outcomes",
    "timing_processes",
]
