"""Scores of several workloads on one scale: 0 is chance, 1 is ReLU at its tuned rate."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from bench_service.analysis.training.entries import REFERENCE, TASK
from bench_service.analysis.training.scores import VIEW

ROPE = 0.01
"""The region of practical equivalence: 1 % of what ReLU gains over chance."""
MIN_GAIN_IN_SD = 2.0
"""Where ReLU gains less than twice what its seeds vary by, a share of that gain is mostly noise."""
NO_RELU = "tuned ReLU wasn't trained on it"
NO_CHANCE = "what chance scores isn't known"
NO_GAIN = "ReLU gains no more over chance than its seeds vary by"
NO_LOGARITHM = "a loss that isn't positive has no logarithm"


def utility(value: pd.Series[float], better: str) -> pd.Series[float]:
    """What grows with being better, in units that differences are taken in.

    The value itself, or -ln of a loss, so that differences of losses are log-ratios; NaN where
    there is no logarithm.
    """
    if better == "higher":
        return value
    return pd.Series(-np.log(value.where(value > 0)), index=value.index)


def smallest_of_interest(relu: float, chance: float, better: str) -> float:
    """``ROPE`` in units of the metric, near ReLU's median; of ReLU's value if chance isn't known.

    A loss changes by its own value times the change of its logarithm.
    """
    if math.isnan(chance):
        return ROPE * abs(relu)
    if better == "higher":
        return ROPE * abs(relu - chance)
    if min(relu, chance) <= 0:
        return ROPE * abs(relu - chance)
    return ROPE * abs(relu * math.log(relu / chance))


def normalise(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores with a column ``normalised``, and ``left_out``: why a task has none, or empty.

    (u - u of chance) / (median u of tuned ReLU - u of chance), u being ``utility``; the median is
    over the slices of the role ``eval``, also for other roles. NaN where the score is.
    """
    parts = [_normalise(task) for _, task in scores.groupby(list(TASK), sort=False, dropna=False)]
    return pd.concat(parts).loc[scores.index]


def _normalise(task: pd.DataFrame) -> pd.DataFrame:
    better, chance = str(task["better"].iloc[0]), float(task["chance"].iloc[0])
    gain = utility(task["score"], better) - float(utility(pd.Series([chance]), better).iloc[0])
    of_relu = gain[(task["entry"] == REFERENCE) & (task["lr_role"] == "eval")].dropna()
    why = _why_left_out(task, chance, of_relu)
    normalised = gain / of_relu.median() if not why else pd.Series(np.nan, index=task.index)
    return task.assign(normalised=normalised, left_out=why)


def _why_left_out(task: pd.DataFrame, chance: float, of_relu: pd.Series[float]) -> str:
    if math.isnan(chance):
        return NO_CHANCE
    is_loss = task["better"].iloc[0] == "lower"
    if is_loss and (chance <= 0 or (task["score"] <= 0).any()):
        return NO_LOGARITHM
    if of_relu.empty:
        return NO_RELU
    spread = float(of_relu.std(ddof=1)) if len(of_relu) > 1 else 0.0
    return NO_GAIN if float(of_relu.median()) <= MIN_GAIN_IN_SD * spread else ""


def task_medians(normalised: pd.DataFrame, lr_role: str = "eval") -> pd.DataFrame:
    """Medians over seeds, of shape (n_workloads, n_entries); NaN where an entry is missing.

    One row a workload, whatever its seeds: seeds are no independent workloads. Where it was
    trained in several ways (initialisations, optimisers, backends), the median of those stands
    for it.
    """
    kept = normalised[(normalised["lr_role"] == lr_role) & (normalised["left_out"] == "")]
    of_tasks = kept.groupby([*VIEW, "entry"], dropna=False)["normalised"].median()
    of_workloads = of_tasks.groupby(["workload", "entry"]).median()
    return of_workloads.unstack("entry")  # noqa: PD010  # pivot_table drops what is missing everywhere
