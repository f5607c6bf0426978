"""The learning rate of each activation, by validation data of the tuning seeds alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.entries import ENTRY, TASK, with_entry

COLUMNS = (
    *TASK, *ENTRY, "entry", "lr", "edge", "score", "n_rates", "n_seeds", "n_failed", "reason",
)  # fmt: skip


class Edge(StrEnum):
    """Where in the grid the chosen rate lies."""

    INSIDE = "inside"
    LOWEST = "lowest"  # a smaller rate might have been better
    HIGHEST = "highest"  # a larger rate might have been better
    ONLY = "only"  # there was nothing to choose from


def choose_lr(slices: pd.DataFrame | Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a task and activation, with the columns ``COLUMNS``; the chosen rate is ``lr``.

    ``slices`` are those of the role ``tune`` (others are left out), as a frame or as mappings with
    ``activation``, ``lr``, ``seed``, ``status``, ``metric``, ``better`` and the column that
    ``metric`` names, which holds its best value on validation data. The rate with the best median
    over the tuning seeds is chosen, the smaller one of equals. A slice that isn't ``ok`` counts as
    worse than any value, and so does one that another rate has and this one lacks. ``score`` is
    the median, NaN where half of the seeds failed at every rate, which ``reason`` then says;
    ``n_failed`` counts the failed ones at the chosen rate. InputError where there is no slice.
    """
    given = slices if isinstance(slices, pd.DataFrame) else pd.DataFrame(list(slices))
    tuned = given[given["lr_role"] == "tune"] if "lr_role" in given else given
    rows = [
        _choose(group)
        for _, group in with_entry(tuned).groupby([*TASK, "entry"], sort=False, dropna=False)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def penalties(group: pd.DataFrame) -> pd.DataFrame:
    """What is to be small, of shape (n_rates, n_seeds), rates rising: inf where a slice failed."""
    metric, better = str(group["metric"].iloc[0]), str(group["better"].iloc[0])
    sign = 1.0 if better == "lower" else -1.0
    value = sign * pd.to_numeric(group[metric]).astype(float)
    is_usable = (group["status"] == "ok") & np.isfinite(value)
    table = group.assign(penalty=value.where(is_usable, np.inf)).pivot_table(
        index="lr", columns="seed", values="penalty", aggfunc="max"
    )
    return table.sort_index().fillna(np.inf)


def _choose(group: pd.DataFrame) -> dict[str, Any]:
    table = penalties(group)
    values = table.to_numpy()
    medians = np.median(values, axis=1)
    best = int(np.argmin(medians))  # the first, and so the smallest, of equals
    first = group.iloc[0]
    is_score = bool(np.isfinite(medians[best]))
    sign = 1.0 if first["better"] == "lower" else -1.0
    return {
        **{name: first[name] for name in (*TASK, *ENTRY, "entry")},
        "lr": float(table.index[best]),
        "edge": _edge(best, len(table)).value,
        "score": sign * float(medians[best]) if is_score else np.nan,
        "n_rates": len(table),
        "n_seeds": values.shape[1],
        "n_failed": int(np.isinf(values[best]).sum()),
        "reason": "" if is_score else "at every rate, half of the tuning seeds or more failed",
    }


def _edge(index: int, n_rates: int) -> Edge:
    if n_rates == 1:
        return Edge.ONLY
    if index == 0:
        return Edge.LOWEST
    return Edge.HIGHEST if index == n_rates - 1 else Edge.INSIDE
