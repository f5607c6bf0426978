"""Every activation against ReLU on a workload, seed by seed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.statistics import FloatArray
from bench_service.analysis.training.controls import noise_floors
from bench_service.analysis.training.entries import ENTRY, REFERENCE, WIDTH_CHANGING
from bench_service.analysis.training.multiplicity import holm_within
from bench_service.analysis.training.normalised import smallest_of_interest
from bench_service.analysis.training.resampling import N_RESAMPLES, Interval
from bench_service.analysis.training.samples import (
    Compared,
    Sample,
    compare_paired,
    compare_unpaired,
)
from bench_service.analysis.training.scores import VIEW, table, view_key
from bench_service.analysis.training.verdict import (
    MIN_SEEDS_FOR_VERDICT,
    decide_difference,
    why_no_verdict,
)

COLUMNS = (
    *VIEW, *ENTRY, "entry", "metric", "better", "score", "relu_score", "is_paired", "n_seeds",
    "difference", "low", "high", "p_value", "p_holm", "p_better", "p_better_low",
    "p_better_high", "is_meaningful", "rope", "noise_floor", "is_below_floor", "verdict", "reason",
)  # fmt: skip
MEANINGFUL = 0.75
NAN = math.nan


def differences_to_relu(
    scores: pd.DataFrame,
    rng: np.random.Generator,
    *,
    controls: pd.DataFrame | None = None,
    n_resamples: int = N_RESAMPLES,
) -> pd.DataFrame:
    """One row a view and activation other than ReLU, with the columns ``COLUMNS``.

    ``difference`` is the median over seeds of score - ReLU's score, in units of the metric, with
    a 95 % BCa bootstrap interval over seeds; ``p_value`` is the exact signed-rank test's, and
    ``p_holm`` adjusted over the activations of the view. Activations that change the width share
    no weights with ReLU: for them it is the difference of medians, seeds resampled apart, and the
    Mann-Whitney test. ``p_better`` is the probability of beating ReLU, ties by half, with its
    percentile interval; ``is_meaningful`` where it (or that of losing) is at least 0.75 and its
    interval above 0.5 (Bouthillier et al. 2021, arXiv:2103.03098). ``is_below_floor``: within
    what the A/A ``controls`` of the view show, where they were given. One seed has no interval,
    and fewer than six no verdict: ``reason`` says so.
    """
    floors = {} if controls is None else noise_floors(controls)
    rows = [
        row
        for view, group in scores.groupby(list(VIEW), sort=False, dropna=False)
        for row in _view_rows(group, rng, n_resamples, floors.get(view_key(view), NAN))
    ]
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    found = pd.DataFrame(rows)
    found["p_holm"] = holm_within(found, list(VIEW))
    found["verdict"] = [decide_difference(row).value for row in found.to_dict("records")]
    return found[list(COLUMNS)]


def _view_rows(
    group: pd.DataFrame, rng: np.random.Generator, n_resamples: int, floor: float
) -> list[dict[str, Any]]:
    by_seed = table(group)
    first = group.drop_duplicates("entry").set_index("entry")
    relu = by_seed[REFERENCE] if REFERENCE in by_seed else pd.Series(NAN, index=by_seed.index)
    rows = []
    for entry, known in first[first.index != REFERENCE].iterrows():
        is_paired = str(known["activation"]) not in WIDTH_CHANGING
        sample = _sample(by_seed[entry], relu, is_paired, str(known["better"]))
        compared = (compare_paired if is_paired else compare_unpaired)(sample, rng, n_resamples)
        rows.append(
            {name: known[name] for name in (*VIEW, *ENTRY, "metric", "better")}
            | {"entry": entry, "is_paired": is_paired, "noise_floor": floor}
            | _numbers(by_seed[entry], relu, compared, known)
            | {"is_below_floor": abs(compared.difference.value) < floor}
        )
    return rows


def _numbers(
    own: pd.Series[float], relu: pd.Series[float], compared: Compared, known: pd.Series[Any]
) -> dict[str, Any]:
    relu_score = float(np.median(relu.dropna())) if relu.notna().any() else NAN
    return {
        "score": float(np.median(own.dropna())) if own.notna().any() else NAN,
        "relu_score": relu_score,
        "n_seeds": compared.n_seeds,
        "difference": compared.difference.value,
        "low": compared.difference.low,
        "high": compared.difference.high,
        "p_value": compared.p_value,
        "p_better": compared.p_better.value,
        "p_better_low": compared.p_better.low,
        "p_better_high": compared.p_better.high,
        "is_meaningful": _is_meaningful(compared.p_better, compared.n_seeds),
        "rope": smallest_of_interest(relu_score, float(known["chance"]), str(known["better"])),
        "reason": _reason(compared.n_seeds, bool(relu.notna().any())),
    }


def _sample(own: pd.Series[float], relu: pd.Series[float], is_paired: bool, better: str) -> Sample:
    both = pd.DataFrame({"own": own, "relu": relu})
    if is_paired:
        both = both.dropna()
    known: list[FloatArray] = [both[name].dropna().to_numpy(dtype=float) for name in both]
    return Sample(known[0], known[1], better)


def _is_meaningful(p_better: Interval, n_seeds: int) -> bool:
    if n_seeds < MIN_SEEDS_FOR_VERDICT:
        return False
    wins = p_better.value >= MEANINGFUL and p_better.low > 0.5
    loses = p_better.value <= 1 - MEANINGFUL and p_better.high < 0.5
    return wins or loses


def _reason(n_seeds: int, is_relu_there: bool) -> str:
    if not is_relu_there:
        return "ReLU has no score here: there is nothing to compare with"
    return why_no_verdict(n_seeds)
