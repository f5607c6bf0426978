"""Whether a measure rises with the learning rate, seed by seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from bench_service.analysis.training.entries import ENTRY, TASK, with_entry

MIN_RATES, MIN_SEEDS = 3, 2
COLUMNS = (
    *TASK, *ENTRY, "entry", "measure", "n_rates", "n_seeds", "statistic", "p_value", "reason",
)  # fmt: skip


def trend_with_lr(
    slices: pd.DataFrame | Iterable[Mapping[str, Any]], measure: str = "grad_dead"
) -> pd.DataFrame:
    """One row a task and activation with a sweep, with the columns ``COLUMNS``.

    Page's test (1963, JASA 58:216) of the measure rising with the rate, one-sided, each seed a
    block: the Jonckheere test would take paired seeds for independent ones. Rates at which a seed
    has no value (it diverged) are left out for all, since such a seed has no rank; ``n_rates`` are
    those that remain.
    """
    given = slices if isinstance(slices, pd.DataFrame) else pd.DataFrame(list(slices))
    found = with_entry(given[given["lr_role"] == "sweep"] if len(given) else given)
    groups = found.groupby([*TASK, "entry"], sort=False, dropna=False)
    return pd.DataFrame([_row(group, measure) for _, group in groups], columns=list(COLUMNS))


def _row(group: pd.DataFrame, measure: str) -> dict[str, Any]:
    by_seed = group.pivot(index="seed", columns="lr", values=measure)  # noqa: PD010  # pivot_table drops what is missing everywhere
    values = by_seed.sort_index(axis=1).astype(float).dropna(axis="columns").to_numpy()
    n_seeds, n_rates = values.shape
    first = group.iloc[0]
    row = {name: first[name] for name in (*TASK, *ENTRY, "entry")} | {
        "measure": measure, "n_rates": n_rates, "n_seeds": n_seeds,
    }  # fmt: skip
    if n_rates < MIN_RATES or n_seeds < MIN_SEEDS:
        reason = (
            f"{n_rates} rates at which all of {n_seeds} seeds have a value; at least {MIN_RATES} "
            f"and {MIN_SEEDS} are needed"
        )
        return row | {"statistic": np.nan, "p_value": np.nan, "reason": reason}
    test = stats.page_trend_test(values)
    return row | {"statistic": float(test.statistic), "p_value": float(test.pvalue), "reason": ""}
