"""One training in two runs: what is told of each, and the seeds that both have, compared."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.definitions import what_else_changed
from bench_service.analysis.training.entries import ENTRY
from bench_service.analysis.training.evaluated import WHERE
from bench_service.analysis.training.resampling import bootstrap
from bench_service.analysis.training.samples import NOTHING as NO_INTERVAL
from bench_service.analysis.training.verdict import why_no_verdict
from bench_service.analysis.training.wilcoxon import signed_rank_p

NUMBERS = [
    "lr", "status", "steps", "best_step", "val_loss", "val_accuracy", "test_loss", "test_accuracy",
]  # fmt: skip
"""What two slices are identical by, beside their scores."""
NAN = math.nan
NOTHING = MappingProxyType(
    dict.fromkeys(("base_score", "head_score", "difference", "low", "high", "p_value"), NAN)
    | {"n_seeds": 0, "is_identical": False}
)
"""The numbers of what can't be compared."""


def told(base: pd.DataFrame, head: pd.DataFrame) -> dict[str, Any]:
    """What is known of a training without comparing scores; each frame is a run's, by seed."""
    first = head.iloc[0]
    known = {name: first[name] for name in (*WHERE, *ENTRY, "entry", "metric", "better")}
    for run, slices in (("base", base), ("head", head)):
        known |= {
            f"{run}_workload_version": int(slices["workload_version"].iloc[0]),
            f"{run}_lr": float(slices["lr"].iloc[0]),
            f"{run}_n_slices": int(slices["status"].isin(("ok", "diverged")).sum()),
            f"{run}_n_diverged": int(slices["is_diverged"].sum()),
        }
    changed = what_else_changed(base.iloc[0].to_dict(), first.to_dict())
    return known | {"changed": changed}


def compared(
    base: pd.DataFrame, head: pd.DataFrame, rng: np.random.Generator, n_resamples: int
) -> dict[str, Any]:
    """The numbers over seeds with a score in both runs, and why there is no verdict, if none."""
    seeds = base.index[base["score"].notna()].intersection(head.index[head["score"].notna()])
    one, other = base.loc[seeds], head.loc[seeds]
    is_identical = bool(len(seeds)) and one[["score", *NUMBERS]].equals(other[["score", *NUMBERS]])
    differences = (other["score"] - one["score"]).to_numpy(dtype=float)
    n_seeds, difference = len(differences), NO_INTERVAL
    if n_seeds:
        difference = bootstrap((differences,), np.median, rng, n_resamples=n_resamples)
    return {
        "base_score": float(one["score"].median()),
        "head_score": float(other["score"].median()),
        "n_seeds": n_seeds,
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "p_value": NAN if is_identical or n_seeds < 2 else signed_rank_p(differences),
        "is_identical": is_identical,
        "reason": _reason(base, head, n_seeds, is_identical=is_identical),
    }


def _reason(base: pd.DataFrame, head: pd.DataFrame, n_seeds: int, *, is_identical: bool) -> str:
    """Why there is no verdict, and which seeds have no score."""
    said = [] if is_identical else [why_no_verdict(n_seeds)]
    for run, slices in (("base", base), ("head", head)):
        missing = slices[slices["score"].isna()]
        if len(missing):
            said.append(f"{len(missing)} without a score in {run}, {missing['reason'].iloc[0]}")
    return "; ".join(filter(None, said))
