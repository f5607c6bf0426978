"""The slices of a run, put together by what was trained: all seeds of an activation at a rate."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bench_service.analysis.training.scores import SCORED_ROLES, scores, view_key, with_view

WHERE = ("workload", "backend", "init", "optimizer", "lr_role", "sweep_lr")
"""What two trainings share to be held against each other, beside the activation."""
FURTHER = (
    "status", "steps", "best_step", "val_loss", "val_accuracy", "test_loss", "test_accuracy",
    "n_steps", "activation_version", "target_metric", "target", "target_version",
)  # fmt: skip
"""What is kept of slices beside their scores."""
Key = tuple[Any, ...]


def trainings(slices: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    """The slices that count, by ``WHERE`` and entry; empty where none was trained but to tune.

    Frames have a row a seed, by seed, with the columns of ``scores`` and ``FURTHER``. Of two
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
    found = scored.join(known[list(FURTHER)])
    groups = found.groupby([*WHERE, "entry"], sort=False, dropna=False)
    return {view_key(key): group.set_index("seed").sort_index() for key, group in groups}


def n_only(one: pd.DataFrame, other: pd.DataFrame) -> int:
    """How many trainings one run has, and the other hasn't."""
    return len(trainings(one).keys() - trainings(other).keys())
