"""A/A controls: the same function under two names, and how far its scores lie apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.training.multiplicity import holm
from bench_service.analysis.training.resampling import N_RESAMPLES
from bench_service.analysis.training.samples import Sample, compare_paired
from bench_service.analysis.training.scores import VIEW, table, view_key
from bench_service.analysis.verdict import SIGNIFICANCE

SAME_FUNCTION = (
    ("relu", "relu_alias"),
    ("relu", "leaky_relu(negative_slope=0)"),
    ("relu", "thresholded_relu(threshold=0)"),
    ("elu", "celu"),
    ("elu(alpha=1)", "celu(alpha=1)"),
)
"""Entries that compute the same function; elu and celu round differently on the way."""
COLUMNS = (
    *VIEW, "first", "second", "n_seeds", "is_identical", "difference", "low", "high",
    "half_width", "p_value", "p_holm", "holds", "reason",
)  # fmt: skip


def aa_controls(
    scores: pd.DataFrame,
    rng: np.random.Generator,
    *,
    pairs: Sequence[tuple[str, str]] = SAME_FUNCTION,
    n_resamples: int = N_RESAMPLES,
) -> pd.DataFrame:
    """One row a view and pair of entries that are the same function, with the columns ``COLUMNS``.

    The same seeds give bit-identical curves where also the roundings are the same
    (``is_identical``); else ``half_width``, that of the 95 % interval of the median difference, is
    what differences mean nothing below. ``holds`` where the exact signed-rank test, adjusted over
    all controls of the frame, doesn't tell the two apart; one seed can't show that it does.
    """
    rows = [
        _row(group, first, second, rng, n_resamples)
        for _, group in scores.groupby(list(VIEW), sort=False, dropna=False)
        for first, second in pairs
        if {first, second} <= set(group["entry"])
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    if rows:
        found["p_holm"] = holm(found["p_value"].to_numpy(dtype=float))
        found["holds"] = (found["p_holm"] >= SIGNIFICANCE).to_numpy(dtype=bool)
        found["reason"] = [_reason(row) for row in found.to_dict("records")]
    return found


def noise_floors(controls: pd.DataFrame) -> dict[tuple[Any, ...], float]:
    """The noise floor of each view: the largest half-width of its A/A controls."""
    known = controls.dropna(subset=["half_width"])
    return {
        view_key(view): float(group["half_width"].max())
        for view, group in known.groupby(list(VIEW), dropna=False)
    }


def _row(
    group: pd.DataFrame, first: str, second: str, rng: np.random.Generator, n_resamples: int
) -> dict[str, Any]:
    both = table(group)[[first, second]].dropna().to_numpy(dtype=float)
    known = group.iloc[0]
    compared = compare_paired(Sample(both[:, 1], both[:, 0], known["better"]), rng, n_resamples)
    difference = compared.difference
    return {name: known[name] for name in VIEW} | {
        "first": first,
        "second": second,
        "n_seeds": compared.n_seeds,
        "is_identical": bool(len(both)) and bool((both[:, 0] == both[:, 1]).all()),
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "half_width": difference.half_width,
        "p_value": compared.p_value,
    }


def _reason(row: dict[Any, Any]) -> str:
    if math.isnan(row["p_value"]):
        return f"too few seeds of both, {row['n_seeds']}, to tell whether they differ"
    if row["holds"]:
        return ""
    return (
        f"{row['second']} is the same function as {row['first']}, and its scores differ "
        f"(p = {row['p_holm']:.2g})"
    )
