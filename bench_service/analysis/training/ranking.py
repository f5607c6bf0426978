"""A ranking where one can be justified, and in words why where it can't."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from bench_service.analysis.training.entries import ENTRY, TASK
from bench_service.analysis.training.learning_rate import Edge
from bench_service.analysis.training.scores import VIEW, view_key

MIN_SEEDS = 10
"""The fewest pairs whose exact test survives Holm over 20 activations: 2^(1 - 10) < 0.05 / 20."""
MAX_MISSING_SHARE = 0.10
COLUMNS = (
    *VIEW, *ENTRY, "entry", "metric", "better", "n_seeds", "n_diverged", "score", "rank", "reason",
)  # fmt: skip
OVERALL_COLUMNS = (
    *ENTRY, "entry", "lr_role", "iqm", "low", "high", "n_tasks", "n_runs", "rank", "reason",
)  # fmt: skip


def rank(scores: pd.DataFrame, choices: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """One row a view and activation, with the columns ``COLUMNS``, best median score first.

    ``rank`` (Int64) is missing where ranking is refused, and ``reason`` says why. A whole view
    isn't ranked where an A/A control of it fails, or more than 10 % of its cells (activations by
    seeds) have no score. An activation isn't where it has fewer than 10 seeds, or its tuned rate
    lies at the edge of the grid; the others are ranked without it. Equals share the smaller rank.
    ``choices`` is from ``learning_rate.choose_lr``, ``controls`` from ``controls.aa_controls``.
    """
    failed = _failed_controls(controls)
    edges = _edges(choices)
    rows = [
        row
        for view, group in scores.groupby(list(VIEW), sort=False, dropna=False)
        for row in _view_rows(group, failed.get(view_key(view), ""), edges)
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    sign = found["better"].map({"higher": -1.0, "lower": 1.0}).astype(float)
    keys = [found[name] for name in VIEW]
    penalty = (sign * found["score"]).where(found["reason"] == "")
    ranks = penalty.groupby(keys, dropna=False, sort=False).rank(method="min")
    return found.assign(rank=ranks.astype("Int64"))


def rank_overall(aggregated: pd.DataFrame, ranked: pd.DataFrame) -> pd.DataFrame:
    """One row an activation, with the columns ``OVERALL_COLUMNS``, ranked by IQM over workloads.

    ``aggregated`` is from ``interquartile.aggregate``, ``ranked`` from ``rank``. An activation is
    ranked if it is on each workload that counts, and none of them refuses it.
    """
    n_tasks = int(aggregated["n_tasks"].max()) if len(aggregated) else 0
    counted = ranked[ranked["lr_role"].isin(aggregated["lr_role"])]
    found = aggregated.copy()
    found["reason"] = [_overall_reason(row, counted, n_tasks) for row in found.to_dict("records")]
    kept = (-found["iqm"]).where(found["reason"] == "")
    found["rank"] = kept.rank(method="min").astype("Int64")
    return found[list(OVERALL_COLUMNS)]


def _failed_controls(controls: pd.DataFrame) -> dict[tuple[Any, ...], str]:
    """Why a view can't be trusted, where a control of it could be judged and failed."""
    failed = controls[controls["p_value"].notna() & ~controls["holds"].astype(bool)]
    return {
        view_key(view): f"the A/A control fails: {group['reason'].iloc[0]}"
        for view, group in failed.groupby(list(VIEW), dropna=False)
    }


def _edges(choices: pd.DataFrame) -> dict[tuple[Any, ...], str]:
    """Why a tuned rate may not be the best one, by task and entry."""
    said = {
        Edge.LOWEST.value: "its rate {lr:g} is the lowest tried: a lower one may be better",
        Edge.HIGHEST.value: "its rate {lr:g} is the highest tried: a higher one may be better",
        Edge.ONLY.value: "only one rate, {lr:g}, was tried",
    }
    return {
        (*(row[name] for name in TASK), row["entry"]): said[row["edge"]].format(lr=row["lr"])
        for row in choices.to_dict("records")
        if row["edge"] in said
    }


def _view_rows(
    group: pd.DataFrame, why_not_view: str, edges: Mapping[tuple[Any, ...], str]
) -> list[dict[str, Any]]:
    n_seeds_expected = group["seed"].nunique()
    n_cells = n_seeds_expected * group["entry"].nunique()
    missing = 1 - float(group["score"].notna().sum()) / n_cells
    if not why_not_view and missing > MAX_MISSING_SHARE:
        why_not_view = f"{missing:.0%} of the cells have no score; at most 10 % may be missing"
    rows = []
    for entry, own in group.groupby("entry", sort=False):
        first = own.iloc[0]
        n_seeds = int(own["score"].notna().sum())
        is_tuned = first["lr_role"] == "eval"
        edge = edges.get((*(first[name] for name in TASK), entry), "") if is_tuned else ""
        few = f"{n_seeds} seeds; at least {MIN_SEEDS} are needed" if n_seeds < MIN_SEEDS else ""
        rows.append(
            {name: first[name] for name in (*VIEW, *ENTRY, "entry", "metric", "better")}
            | {
                "n_seeds": n_seeds,
                "n_diverged": int(own["is_diverged"].sum()),
                "score": float(own["score"].median()) if n_seeds else math.nan,
                "reason": why_not_view or few or edge,
            }
        )
    return rows


def _overall_reason(row: Mapping[Any, Any], ranked: pd.DataFrame, n_tasks: int) -> str:
    if row["reason"]:
        return str(row["reason"])
    if row["n_tasks"] < n_tasks:
        return f"trained on {row['n_tasks']} of {n_tasks} tasks"
    refused = ranked[(ranked["entry"] == row["entry"]) & (ranked["reason"] != "")]
    if refused.empty:
        return ""
    first = refused.iloc[0]
    more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
    return f"{first['workload']}: {first['reason']}{more}"
