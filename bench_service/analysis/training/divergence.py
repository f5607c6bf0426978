"""How often training diverged: dead neurons and scores are never shown without it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from scipy import stats

from bench_service.analysis.statistics import CONFIDENCE
from bench_service.analysis.training.entries import ENTRY, TASK, with_entry

COLUMNS = (
    *TASK, *ENTRY, "entry", "lr_role", "at_lr", "n_slices", "n_diverged", "diverged_rate", "low",
    "high", "n_timeout", "n_error", "reason",
)  # fmt: skip
EVERY_RATE_ROLES = ("tune", "sweep")


def divergence_rates(slices: pd.DataFrame | Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a task, activation, role and, in tuning and sweeps, rate; columns ``COLUMNS``.

    ``diverged_rate`` is the share of slices that diverged among those that ended by themselves
    (``n_slices``: ok or diverged), with Wilson's 95 % interval (Wilson 1927, JASA 22:209). Those
    that ran out of time or went wrong aren't counted, and are told apart. ``at_lr`` is NaN for
    the roles ``eval`` and ``default``.
    """
    found = with_entry(slices)
    found["at_lr"] = found["lr"].where(found["lr_role"].isin(EVERY_RATE_ROLES)).astype(float)
    keys = [*TASK, "entry", "lr_role", "at_lr"]
    rows = [_row(group) for _, group in found.groupby(keys, sort=False, dropna=False)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def wilson_interval(n_hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; n >= 1."""
    interval = stats.binomtest(n_hits, n).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def _row(group: pd.DataFrame) -> dict[str, Any]:
    count = group["status"].value_counts().to_dict()
    n_diverged = int(count.get("diverged", 0))
    n = n_diverged + int(count.get("ok", 0))
    low, high = wilson_interval(n_diverged, n) if n else (math.nan, math.nan)
    first = group.iloc[0]
    return {name: first[name] for name in (*TASK, *ENTRY, "entry", "lr_role", "at_lr")} | {
        "n_slices": n,
        "n_diverged": n_diverged,
        "diverged_rate": n_diverged / n if n else math.nan,
        "low": low,
        "high": high,
        "n_timeout": int(count.get("timeout", 0)),
        "n_error": int(count.get("error", 0)),
        "reason": "" if n else "none of its slices ended by itself",
    }
