"""The slices of a run, put together by what was trained: all seeds of an activation at a rate."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bench_service.analysis.training.scores import SCORED_ROLES, scores, view_key, with_view

WHERE = ("workload", "backend", "init", "optimizer", "lr_role", "sweep_lr")
"""What two trainings share to be held against each other, beside the activation."""
Key = tuple[Any, ...]


def trainings(slices: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    """The slices that count, by ``WHERE`` and entry; empty where none was trained but to tune.

    Frames have a row a seed, by seed, with the slices' columns and those of ``scores``. Of two
    versions of a workload, as in a run that was resumed by another version of the program, the
    newer one counts.
    """
    trained = slices[(slices["status"] != "skipped") & slices["lr_role"].isin(SCORED_ROLES)]
    if trained.empty:
        return {}
    newest = trained.groupby("workload")["workload_version"].transform("max")
    current = trained[trained["workload_version"] == newest]
    scored = scores(current)
    known = with_view(current, SCORED_ROLES).reset_index(drop=True)
    found = scored.join(known[known.columns.difference(scored.columns)])
    groups = found.groupby([*WHERE, "entry"], sort=False, dropna=False)
    return {view_key(key): group.set_index("seed").sort_index() for key, group in groups}


def n_only(one: pd.DataFrame, other: pd.DataFrame) -> int:
    """How many trainings one run has, and the other hasn't."""
    return len(trainings(one).keys() - trainings(other).keys())
