"""How much the choice of the learning rate matters to an activation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.entries import ENTRY, TASK, with_entry
from bench_service.analysis.training.learning_rate import penalties
from bench_service.analysis.training.normalised import utility

COLUMNS = (
    *TASK, *ENTRY, "entry", "lr_role", "best_lr", "low_lr", "high_lr", "lr_width_decades",
    "is_open", "n_rates", "n_rates_failed", "reason",
)  # fmt: skip
TOLERANCE = 0.02
ROLES = ("tune", "sweep")


def lr_robustness(slices: pd.DataFrame | Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a task and activation that several rates were tried for, with ``COLUMNS``.

    ``lr_width_decades`` is log10(high_lr / low_lr) of the unbroken range of rates about the best
    one at which no seed failed and the median of the validation metric is within 2 % of the best:
    2 % of its gain over chance (of a loss, in logarithms), or of its value where there is no such
    scale. ``is_open`` where the range ends with the grid, so that the width is a lower bound. NaN
    where every rate had a seed that failed. Slices of the roles ``tune`` and ``sweep`` count.
    """
    given = slices if isinstance(slices, pd.DataFrame) else pd.DataFrame(list(slices))
    found = with_entry(given[given["lr_role"].isin(ROLES)] if len(given) else given)
    groups = found.groupby([*TASK, "entry", "lr_role"], sort=False, dropna=False)
    return pd.DataFrame([_row(group) for _, group in groups], columns=list(COLUMNS))


def _row(group: pd.DataFrame) -> dict[str, Any]:
    first = group.iloc[0]
    penalty = penalties(group)
    is_sound = np.isfinite(penalty.to_numpy()).all(axis=1)
    lrs = penalty.index.to_numpy(dtype=float)
    row = {name: first[name] for name in (*TASK, *ENTRY, "entry", "lr_role")} | {
        "n_rates": len(lrs),
        "n_rates_failed": int((~is_sound).sum()),
    }
    if not is_sound.any():
        unknown = dict.fromkeys(("best_lr", "low_lr", "high_lr", "lr_width_decades"), math.nan)
        return row | unknown | {"is_open": False, "reason": "at every rate, a seed failed"}
    low, best, high = _range(penalty.median(axis=1), is_sound, first)
    return row | {
        "best_lr": lrs[best],
        "low_lr": lrs[low],
        "high_lr": lrs[high],
        "lr_width_decades": math.log10(lrs[high] / lrs[low]),
        "is_open": low == 0 or high == len(lrs) - 1,
        "reason": "",
    }


def _range(
    penalty: pd.Series[float], is_sound: np.ndarray, facts: pd.Series[Any]
) -> tuple[int, int, int]:
    """The indices of the lowest, the best and the highest rate of the range."""
    better, chance = str(facts["better"]), float(facts["chance"])
    value = penalty if better == "lower" else -penalty
    over_chance = utility(value, better) - float(utility(pd.Series([chance]), better).iloc[0])
    has_scale = bool(over_chance[is_sound].notna().all())
    gain = over_chance if has_scale else -penalty
    gains = np.where(is_sound, gain.to_numpy(dtype=float), -np.inf)
    best = int(np.argmax(gains))
    is_near = gains >= gains[best] - TOLERANCE * abs(gains[best])
    low = high = best
    while low > 0 and is_near[low - 1]:
        low -= 1
    while high < len(gains) - 1 and is_near[high + 1]:
        high += 1
    return low, best, high
