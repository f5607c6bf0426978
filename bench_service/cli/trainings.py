"""The tables of a run's training: tuned and default rates, and sweeps, workload by workload."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from bench_service.cli.output import VERDICT_STYLE, counted, styled
from bench_service.cli.sweeps import print_sweep
from bench_service.cli.table import Column, Section, print_sections
from bench_service.quantities import QUANTITIES

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

BOOTSTRAP_SEED = 0
"""Intervals are the same every time that a run is shown."""
COLUMNS = (
    Column("activation", folds_to=16),
    Column("rate", right=True, leaves=4),
    Column("score", right=True),
    Column("difference to ReLU", right=True),
    Column("verdict"),
    Column("steps to target", right=True, leaves=2),
    Column("time to target", right=True, leaves=5),
    Column("dead", right=True, leaves=1),
    Column("diverged", right=True, leaves=3),
)
SWEEP_ROLE = "sweep"
ROLE_WORDS = {"eval": "tuned rates", "default": "the default rate"}


def print_trainings(out: Console, training: pd.DataFrame, timing: pd.DataFrame) -> None:
    """Print what training came to; slices that were only tuned on are left out.

    Steps become seconds where ``timing`` has the pass ``step`` of the workload.
    """
    trained = training[training["status"] != "skipped"]
    shown = trained[trained["lr_role"].isin(ROLE_WORDS)]
    if not shown.empty:
        out.print(
            "Scores are medians over seeds on test data, read once; differences to ReLU with the "
            "same seeds, with 95 % intervals."
        )
        print_sections(out, COLUMNS, list(_sections(shown, timing)))
    sweeps = trained[trained["lr_role"] == SWEEP_ROLE]
    for workload, rows in sweeps.groupby("workload", sort=False):
        out.print()
        print_sweep(out, str(workload), rows)


def _sections(shown: pd.DataFrame, timing: pd.DataFrame) -> Iterator[Section]:
    from bench_service.analysis.training.controls import aa_controls
    from bench_service.analysis.training.differences import differences_to_relu
    from bench_service.analysis.training.entries import with_entry
    from bench_service.analysis.training.scores import scores
    from bench_service.analysis.training.step_times import step_times
    from bench_service.analysis.training.target import times_to_target
    from bench_service.analysis.training.time_to_target import time_to_target

    scored = scores(shown)
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    compared = differences_to_relu(scored, rng, controls=aa_controls(scored, rng))
    steps = None if timing.empty else step_times(timing)
    reached = time_to_target(times_to_target(shown), rng, step_times=steps)
    keys = ["workload", "init", "optimizer", "backend", "lr_role"]
    entries = with_entry(shown)
    for key, rows in entries.groupby(keys, sort=False):
        assert isinstance(key, tuple)
        view = dict(zip(keys, key, strict=True))
        own, times = _of(compared, view), _of(reached, view)
        medians = _of(scored, view).groupby("entry")["score"].median()
        order = medians.sort_values(ascending=rows["better"].iloc[0] == "lower").index
        lines = [
            _row(str(entry), rows[rows["entry"] == entry], float(medians[entry]), own, times)
            for entry in order
        ]
        yield Section(_title(view, rows), lines)


def _of(frame: pd.DataFrame, view: dict[str, Any]) -> pd.DataFrame:
    for name, value in view.items():
        frame = frame[frame[name] == value]
    return frame


def _title(view: dict[str, Any], rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    metric = QUANTITIES[f"test_{str(first['metric']).removeprefix('val_')}"].long_name
    n_seeds = counted(rows["seed"].nunique(), "seed")
    words = [f"{view['workload']} at {ROLE_WORDS[view['lr_role']]}", metric, n_seeds]
    words += [] if view["init"] == "gain" else [f"init {view['init']}"]
    words += [] if view["backend"] == "cpu-eager" else [view["backend"]]
    return ", ".join(words)


def _row(
    entry: str, rows: pd.DataFrame, score: float, compared: pd.DataFrame, times: pd.DataFrame
) -> tuple[Any, ...]:
    rates = sorted(set(rows["lr"]))
    n_diverged = int((rows["status"] == "diverged").sum())
    dead = rows["grad_dead"].median()
    reached = times[times["entry"] == entry]
    steps = reached["median_steps"]
    seconds = 1e9 * reached["seconds_to_target"]
    against = compared[compared["entry"] == entry]
    difference = verdict = "–"
    if not against.empty:
        first = against.iloc[0]
        difference = signed_interval(first["difference"], first["low"], first["high"])
        verdict = first["verdict"]
    return (
        f"  {entry}",
        f"{rates[0]:g}",
        number(score),
        difference,
        styled(verdict, VERDICT_STYLE),
        f"{steps.iloc[0]:.0f}" if len(steps) and math.isfinite(steps.iloc[0]) else "–",
        QUANTITIES["time_ns"].show(float(seconds.iloc[0]) if len(seconds) else None),
        QUANTITIES["grad_dead"].show(dead),
        f"{n_diverged}/{len(rows)}",
    )


def signed_interval(value: float, low: float, high: float) -> str:
    """A difference with its interval, ``+0.012 [-0.003, +0.02]``; an en dash if there is none."""
    if not math.isfinite(value):
        return "–"
    if not math.isfinite(low):
        return f"{value:+.3g}"
    return f"{value:+.3g} [{low:+.3g}, {high:+.3g}]"


def number(value: float) -> str:
    """A score with four significant digits; an en dash where there is none."""
    return f"{value:.4g}" if math.isfinite(value) else "–"
