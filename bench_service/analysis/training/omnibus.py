"""Tests over workloads: whether any activation differs, and which ones do from ReLU."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from bench_service.analysis.training.entries import REFERENCE
from bench_service.analysis.training.equivalence import signed_rank_posterior
from bench_service.analysis.training.multiplicity import holm
from bench_service.analysis.training.normalised import ROPE
from bench_service.analysis.training.wilcoxon import signed_rank_p

MIN_WORKLOADS, MIN_ENTRIES = 2, 3
COLUMNS = (
    "entry", "n_workloads", "difference", "p_value", "p_holm", "p_better", "p_equivalent",
    "p_worse", "reason",
)  # fmt: skip


def friedman(medians: pd.DataFrame) -> pd.DataFrame:
    """One row: whether activations' ranks differ over workloads by more than chance.

    ``medians`` is from ``normalised.task_medians``: one row a workload. Columns: ``n_workloads``
    and ``n_entries`` that are complete (an entry that lacks a workload is left out), ``chi2``,
    ``p_value`` (Friedman 1937, corrected for ties), ``f``, ``f_p_value`` (Iman and Davenport 1980,
    less conservative), and ``reason`` where there are too few of either.
    """
    complete = medians.dropna(axis="columns")
    n, k = complete.shape
    row = {"n_workloads": n, "n_entries": k}
    unknown = dict.fromkeys(("chi2", "p_value", "f", "f_p_value"), math.nan)
    if n < MIN_WORKLOADS or k < MIN_ENTRIES:
        reason = (
            f"workloads: {n}, activations trained on all of them: {k}; at least {MIN_WORKLOADS} "
            f"and {MIN_ENTRIES} are needed"
        )
        return pd.DataFrame([row | unknown | {"reason": reason}])
    values = complete.to_numpy(dtype=float)
    if (np.ptp(values, axis=1) == 0).all():
        return pd.DataFrame([row | unknown | {"reason": "all activations are equal everywhere"}])
    test = stats.friedmanchisquare(*values.T)
    f, f_p_value = iman_davenport(float(test.statistic), n, k)
    found = {"chi2": float(test.statistic), "p_value": float(test.pvalue)}
    return pd.DataFrame([row | found | {"f": f, "f_p_value": f_p_value, "reason": ""}])


def iman_davenport(chi2: float, n: int, k: int) -> tuple[float, float]:
    """The F of a Friedman chi2 of n workloads and k entries, and its p-value.

    (n - 1) chi2 / (n (k - 1) - chi2), with k - 1 and (k - 1)(n - 1) degrees of freedom; infinite,
    with p = 0, where all workloads rank alike. Source: Iman and Davenport 1980, Communications in
    Statistics A 9:571, as in Demsar 2006, JMLR 7:1.
    """
    rest = n * (k - 1) - chi2
    if rest <= 1e-9 * n * (k - 1):
        return math.inf, 0.0
    f = (n - 1) * chi2 / rest
    return f, float(stats.f.sf(f, k - 1, (k - 1) * (n - 1)))


def against_relu(
    medians: pd.DataFrame, rng: np.random.Generator, *, rope: float = ROPE
) -> pd.DataFrame:
    """One row an entry other than ReLU, with the columns ``COLUMNS``; N is workloads.

    ``medians`` as in ``friedman``; each entry over the workloads that it shares with ReLU.
    ``difference`` is the median of normalised score minus ReLU's, ``p_value`` the exact
    signed-rank test's, ``p_holm`` adjusted over entries. ``p_better``, ``p_equivalent`` and
    ``p_worse`` are the posterior of the Bayesian signed-rank test, with +-``rope`` as practically
    equal.
    """
    if REFERENCE not in medians:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = []
    for entry in medians.columns.drop(REFERENCE):
        differences = (medians[entry] - medians[REFERENCE]).dropna().to_numpy(dtype=float)
        n = len(differences)
        worse, equivalent, better = (
            signed_rank_posterior(differences, rope, rng) if n > 1 else (math.nan,) * 3
        )
        rows.append({
            "entry": entry,
            "n_workloads": n,
            "difference": float(np.median(differences)) if n else math.nan,
            "p_value": signed_rank_p(differences) if n > 1 else math.nan,
            "p_better": better,
            "p_equivalent": equivalent,
            "p_worse": worse,
            "reason": "" if n > 1 else f"workloads that both have: {n}; at least 2 are needed",
        })  # fmt: skip
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    found["p_holm"] = holm(found["p_value"].to_numpy(dtype=float))
    return found
