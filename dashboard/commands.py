"""Commands that measure what the pages lack, or measure again what they show."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import pandas as pd

PROGRAM = "bench-service"
BUILT_IN = ("smoke", "quick", "standard", "rigorous")
FIRST = f"{PROGRAM} run quick"
MORE = f"{PROGRAM} run standard"
TRAIN = f"{PROGRAM} run smoke --kind training -w digits_mlp -w lr_stress --seeds 12"
"""Trains two small workloads, in about a minute."""
SUBMIT = f"{PROGRAM} submit quick"
WORKER = f"{PROGRAM} worker"
JOBS = f"{PROGRAM} jobs"
SCHEDULE = f'{PROGRAM} schedule add nightly "0 2 * * *" quick'
OPTIONS = {
    "activation": "--activation",
    "backend": "--backend",
    "pass_name": "--pass",
    "dtype": "--dtype",
    "numel": "--numel",
}


def suite_of(name: str) -> str:
    """The built-in suite to start from: the run's own, or ``quick`` for one that only it had."""
    return name if name in BUILT_IN else "quick"


def again(row: pd.Series, suite: str) -> str:
    """The command that measures a row again, with ReLU and the copy beside it as ever."""
    given = [f"{option} {shlex.quote(str(row[name]))}" for name, option in OPTIONS.items()]
    # Views beside the main one are measured by suites that ask for all of them.
    is_main = row["condition"] in ("default", "kernel")
    start = suite_of(suite) if is_main else "standard"
    return " ".join([PROGRAM, "run", start, *given])


def narrower(rows: pd.DataFrame, suite: str) -> str:
    """The command that brings four times the children to rows of one size: half the interval."""
    names = [f"-a {shlex.quote(name)}" for name in sorted(rows["activation"].unique())]
    passes = [f"--pass {name}" for name in sorted(rows["pass_name"].unique())]
    more = (
        f"--numel {rows['numel'].iloc[0]} --processes {4 * max(int(rows['n_processes'].max()), 5)}"
    )
    return " ".join([PROGRAM, "run", suite_of(suite), *names, *passes, more])


def resume(uid: str) -> str:
    """The command that measures what an interrupted run lacks."""
    return f"{PROGRAM} run --resume {uid}"


def train(workload: str, activations: Sequence[str], n_seeds: int) -> str:
    """The command that trains a workload with these activations."""
    names = [f"-a {shlex.quote(name)}" for name in activations]
    start = f"{PROGRAM} run quick --kind training -w {shlex.quote(workload)} --seeds {n_seeds}"
    return " ".join([start, *names])
