"""How long each activation takes to a workload's target, against ReLU: in steps, and in seconds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.entries import ENTRY, REFERENCE, WIDTH_CHANGING
from bench_service.analysis.training.multiplicity import holm_within
from bench_service.analysis.training.resampling import N_RESAMPLES, Interval
from bench_service.analysis.training.restricted_ratio import bootstrap_ratio
from bench_service.analysis.training.scores import VIEW
from bench_service.analysis.training.step_times import StepTime, in_seconds, step_time_of
from bench_service.analysis.training.survival import log_rank_p, median_steps, restricted_mean
from bench_service.analysis.training.target import times_of

COLUMNS = (
    *VIEW, *ENTRY, "entry", "budget", "n_seeds", "n_reached", "median_steps", "mean_steps",
    "steps_ratio", "steps_ratio_low", "steps_ratio_high", "p_value", "p_holm",
    "seconds_to_target", "seconds_ratio", "seconds_ratio_low", "seconds_ratio_high", "reason",
)  # fmt: skip
NOTHING_REACHED = "no seed reached the target: the mean is the budget, the ratio says nothing"


def time_to_target(
    times: pd.DataFrame,
    rng: np.random.Generator,
    *,
    step_times: pd.DataFrame | None = None,
    n_resamples: int = N_RESAMPLES,
) -> pd.DataFrame:
    """One row a view and activation, with the columns ``COLUMNS``; ReLU has no ratio to itself.

    ``times`` is from ``target.times_to_target``. ``median_steps`` is Kaplan-Meier's, NaN where
    fewer than half reach the target. ``mean_steps`` is the mean restricted to the budget, and
    ``steps_ratio`` that to ReLU's, with a 95 % percentile interval over seeds, drawn in pairs;
    below 1 is faster. ``p_value`` is the log-rank test's, stratified by seed, and ``p_holm``
    adjusted over the activations of the view. ``seconds_to_target`` is ``mean_steps`` times the
    step time, where ``step_times`` has it (see ``step_times.step_time_of``): that an activation
    converges faster and that it is cheaper are two statements.
    """
    rows = [
        row
        for _, group in times.groupby(list(VIEW), sort=False, dropna=False)
        for row in _view_rows(group, rng, step_times, n_resamples)
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    if rows:
        found["p_holm"] = holm_within(found, list(VIEW))
    return found


def _view_rows(
    group: pd.DataFrame,
    rng: np.random.Generator,
    step_times: pd.DataFrame | None,
    n_resamples: int,
) -> list[dict[str, Any]]:
    by_entry = dict(tuple(group.groupby("entry", sort=False)))
    relu = by_entry.get(REFERENCE, group.iloc[:0])
    rows = []
    for entry, own in by_entry.items():
        first = own.iloc[0]
        budget = float(first["n_steps"])
        times = times_of(own)
        n_reached = int(times.is_reached.sum())
        row: dict[str, Any] = {name: first[name] for name in (*VIEW, *ENTRY, "entry")} | {
            "budget": budget,
            "n_seeds": len(times),
            "n_reached": n_reached,
            "median_steps": median_steps(times),
            "mean_steps": float(restricted_mean(times, budget)[0]),
            "reason": "" if n_reached else NOTHING_REACHED,
        }
        step = step_time_of(step_times, str(first["workload"]), str(first["backend"]), str(entry))
        if entry != REFERENCE:
            row |= _against_relu(own, relu, budget, step, rng, n_resamples)
        rows.append(row | {"seconds_to_target": row["mean_steps"] * step.step_time_ns / 1e9})
    return rows


def _against_relu(
    own: pd.DataFrame,
    relu: pd.DataFrame,
    budget: float,
    step: StepTime,
    rng: np.random.Generator,
    n_resamples: int,
) -> dict[str, Any]:
    is_paired = str(own["activation"].iloc[0]) not in WIDTH_CHANGING
    if is_paired:
        shared = sorted(set(own["seed"]) & set(relu["seed"]))
        own, relu = (rows.set_index("seed").loc[shared] for rows in (own, relu))
    both = times_of(own), times_of(relu)
    if not min(map(len, both)):
        return {"reason": "ReLU has no seed here to compare with"}
    if not any(times.is_reached.any() for times in both):
        return {"reason": NOTHING_REACHED}
    draws = bootstrap_ratio(*both, budget, rng, is_paired=is_paired, n_resamples=n_resamples)
    ratio, seconds = draws.interval(), in_seconds(draws, step, rng)
    is_alone = min(map(len, both)) < 2
    return {
        "p_value": math.nan if is_alone else log_rank_p(*both, is_paired=is_paired),
        **_named("steps_ratio", ratio),
        **_named("seconds_ratio", seconds),
        "reason": "one seed: no interval" if is_alone else "",
    }


def _named(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
