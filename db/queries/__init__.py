"""Questions to the store, each answered by a tidy DataFrame (or a dict) of bounded length."""

from db.queries.catalogue import activations, hardware, quantities
from db.queries.ci import ci_benchmarks, ci_history
from db.queries.find import find_job, find_run
from db.queries.neurons import neuron_curves, neuron_masks
from db.queries.run import environment, run_header, runs
from db.queries.schedule import firings, schedules
from db.queries.service import job_attempts, jobs, workers
from db.queries.timing import timing_blocks, timing_outcomes, timing_processes
from db.queries.training import training_curves, training_slices, workloads

__all__ = [
    "activations",
    "ci_benchmarks",
    "ci_history",
    "environment",
    "find_job",
    "find_run",
    "firings",
    "hardware",
    "job_attempts",
    "jobs",
    "neuron_curves",
    "neuron_masks",
    "quantities",
    "run_header",
    "runs",
    "schedules",
    "timing_blocks",
    "timing_outcomes",
    "timing_processes",
    "training_curves",
    "training_slices",
    "workers",
    "workloads",
]
