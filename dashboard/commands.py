"""Commands that measure what the pages lack, or measure again what they show."""

from __future__ import annotations

import shlex

import pandas as pd

PROGRAM = "bench-service"
BUILT_IN = ("smoke", "quick", "standard", "rigorous")
FIRST = f"{PROGRAM} run quick"
MORE = f"{PROGRAM} run standard"
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


def narrower(labels: list[str], numel: int, suite: str, n_processes: int) -> str:
    """The command that brings more children to those that couldn't be told apart."""
    chosen = [f"-a {shlex.quote(label)}" for label in labels]
    more = f"--numel {numel} --processes {4 * max(n_processes, 5)}"
    return " ".join([PROGRAM, "run", suite_of(suite), *chosen, more])


def resume(uid: str) -> str:
    """The command that measures what an interrupted run lacks."""
    return f"{PROGRAM} run --resume {uid}"
