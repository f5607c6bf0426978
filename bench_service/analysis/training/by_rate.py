"""What each learning rate came to, activation by activation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.entries import ENTRY, TASK, with_entry
from bench_service.analysis.training.median_interval import median_interval

ROLES = ("tune", "sweep")
COLUMNS = (
    *TASK, *ENTRY, "entry", "lr_role", "lr", "metric", "better", "score", "low", "high", "lowest",
    "highest", "n_seeds", "n_diverged",
)  # fmt: skip


def scores_by_rate(slices: pd.DataFrame) -> pd.DataFrame:
    """One row a task, activation, role and rate, for tuning and sweeps; columns ``COLUMNS``.

    ``score`` is the median over seeds of the best value of the workload's metric on validation
    data, with the exact 95 % interval of ``median_interval``; a diverged slice counts as worse
    than any value. ``lowest`` and ``highest`` are the extremes of the slices that were trained to
    the end. NaN where there is none, or the number is one of a diverged slice. ``n_seeds`` were
    trained to the end or diverged.
    """
    found = slices[slices["lr_role"].isin(ROLES) & slices["status"].isin(["ok", "diverged"])]
    if found.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    keys = [*TASK, "entry", "lr_role", "lr"]
    groups = with_entry(found).groupby(keys, sort=True, dropna=False)
    return pd.DataFrame([_row(group) for _, group in groups], columns=list(COLUMNS))


def _row(group: pd.DataFrame) -> dict[str, Any]:
    first = group.iloc[0]
    is_diverged = group["status"] == "diverged"
    values = pd.to_numeric(group[str(first["metric"])]).astype(float)
    worst = -math.inf if first["better"] == "higher" else math.inf
    found = median_interval(np.asarray(values.mask(is_diverged, worst), dtype=np.float64))
    numbers = {"score": found.value, "low": found.low, "high": found.high}
    known = values[~is_diverged].dropna()
    return (
        {name: first[name] for name in (*TASK, *ENTRY, "entry", "lr_role", "lr")}
        | {name: first[name] for name in ("metric", "better")}
        | {name: value if math.isfinite(value) else math.nan for name, value in numbers.items()}
        | {
            "lowest": float(known.min()) if len(known) else math.nan,
            "highest": float(known.max()) if len(known) else math.nan,
            "n_seeds": len(group),
            "n_diverged": int(is_diverged.sum()),
        }
    )
