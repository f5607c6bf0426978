"""Scores of one run held against those of another: the same seeds, before and after."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.before_after import NOTHING, compared, told
from bench_service.analysis.training.controls import aa_controls, noise_floors
from bench_service.analysis.training.definitions import why_not_comparable
from bench_service.analysis.training.entries import ENTRY, REFERENCE
from bench_service.analysis.training.evaluated import WHERE, Key, trainings
from bench_service.analysis.training.multiplicity import holm
from bench_service.analysis.training.normalised import smallest_of_interest
from bench_service.analysis.training.resampling import N_RESAMPLES
from bench_service.analysis.training.scores import VIEW, view_key
from bench_service.analysis.training.verdict import decide_difference

COLUMNS = (
    *WHERE, *ENTRY, "entry", "base_workload_version", "head_workload_version", "metric", "better",
    "base_lr", "head_lr", "base_score", "head_score", "n_seeds", "difference", "low", "high",
    "p_value", "p_holm", "rope", "noise_floor", "is_identical", "verdict", "base_n_slices",
    "base_n_diverged", "head_n_slices", "head_n_diverged", "changed", "reason",
)  # fmt: skip
IDENTICAL = "identical"
"""More than equivalent: every number of every seed is the same to its last bit."""

Run = Mapping[Key, pd.DataFrame]
Floors = Mapping[Key, float]


def score_changes(
    base: pd.DataFrame,
    head: pd.DataFrame,
    rng: np.random.Generator,
    *,
    n_resamples: int = N_RESAMPLES,
) -> pd.DataFrame:
    """One row a training that both runs have, with the columns ``COLUMNS``.

    Each run is its ``training_slices``. A training is all evaluation seeds of an activation on a
    workload at tuned rates, the default rate, or one rate of a sweep. ``difference`` is the median
    over the seeds that both have of head's score - base's, in units of the metric, with a 95 % BCa
    bootstrap interval over seeds; ``p_value`` is the exact signed-rank test's, and ``p_holm``
    adjusted over all rows that were tested. The verdict is that of a difference to ReLU, ``rope``
    being 1 % of what base's ReLU gains over chance and ``noise_floor`` the larger one of both
    runs' A/A controls; or ``IDENTICAL``, which needs no test. None where ``reason`` says that the
    tasks aren't the same or that no seed has both scores. ``changed`` says what else did.
    """
    runs = (trainings(base), trainings(head))
    floors = tuple(_floors(run, rng, n_resamples) for run in runs)
    rows = []
    for key in (key for key in runs[1] if key in runs[0]):
        sides = (runs[0][key], runs[1][key])
        why = why_not_comparable(*(side.iloc[0].to_dict() for side in sides))
        numbers = NOTHING if why else compared(*sides, rng, n_resamples)
        rows.append({"reason": why, **_margins(runs[0], key, floors), **told(*sides), **numbers})
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    if rows:
        found["p_holm"] = holm(found["p_value"].to_numpy(dtype=float))
        verdicts = [_verdict(row) for row in found.to_dict("records")]
        found["verdict"] = pd.Series(verdicts, index=found.index, dtype=object)  # None stays None
    return found


def _floors(run: Run, rng: np.random.Generator, n_resamples: int) -> Floors:
    if not run:
        return {}
    scored = pd.concat([training.reset_index() for training in run.values()])
    return noise_floors(aa_controls(scored, rng, n_resamples=n_resamples))


def _margins(base: Run, key: Key, floors: tuple[Floors, ...]) -> dict[str, float]:
    """What a difference has to reach; by the entry's own scores where ReLU wasn't trained."""
    relu = base.get((*key[:-1], REFERENCE), base[key])
    first = relu.iloc[0]
    view = view_key(tuple(first[name] for name in VIEW))
    known = [own[view] for own in floors if view in own]
    rope = smallest_of_interest(
        float(relu["score"].median()), float(first["chance"]), str(first["better"])
    )
    return {"rope": rope, "noise_floor": max(known, default=math.nan)}


def _verdict(row: Mapping[Any, Any]) -> str | None:
    if row["is_identical"]:
        return IDENTICAL
    return decide_difference(row).value if row["n_seeds"] else None
