"""Published means held to their own arithmetic: what an unpaired comparison of them says."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from scipy import stats

from bench_service.analysis.statistics import CONFIDENCE

COLUMNS = (
    "activation", "difference", "low", "high", "cohens_d", "p_value", "is_consistent", "reason",
)  # fmt: skip
WIDTH_TOLERANCE = 0.05
"""A standard deviation printed with two digits leaves an interval's width uncertain by that."""


def compare_published(
    rows: pd.DataFrame, reference: str, *, rounding: float = 0.01
) -> pd.DataFrame:
    """One row an activation other than the reference, with the columns ``COLUMNS``.

    ``rows`` have ``activation``, ``mean``, ``sd``, ``n`` and, where they were published, the
    interval ``low`` and ``high`` of the difference to the reference. ``difference`` is the
    activation's mean minus the reference's, with Student's 95 % interval by the pooled variance,
    Cohen's d (its absolute value, by the same variance) and the two-sided p-value.
    ``is_consistent`` is False where the published interval isn't centred on the difference of the
    published means, to within ``rounding`` of their last digits, or isn't as wide as the published
    standard deviations make it, to within 5 %; ``reason`` says which.
    """
    known = {str(row["activation"]): row for row in rows.to_dict("records")}
    found = [
        _row(name, own, known[reference], rounding)
        for name, own in known.items()
        if name != reference
    ]
    return pd.DataFrame(found, columns=list(COLUMNS))


def _row(
    name: str, own: dict[Any, Any], against: dict[Any, Any], rounding: float
) -> dict[str, Any]:
    n_own, n_against = int(own["n"]), int(against["n"])
    degrees = n_own + n_against - 2
    variance = ((n_own - 1) * own["sd"] ** 2 + (n_against - 1) * against["sd"] ** 2) / degrees
    difference = float(own["mean"] - against["mean"])
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, degrees)) * math.sqrt(
        variance * (1 / n_own + 1 / n_against)
    )
    test = stats.ttest_ind_from_stats(
        own["mean"], own["sd"], n_own, against["mean"], against["sd"], n_against
    )
    reason = _why_inconsistent(own, difference, reach, rounding)
    return {
        "activation": name,
        "difference": difference,
        "low": difference - reach,
        "high": difference + reach,
        "cohens_d": abs(difference) / math.sqrt(variance),
        "p_value": float(test.pvalue),
        "is_consistent": not reason,
        "reason": reason,
    }


def _why_inconsistent(own: dict[Any, Any], difference: float, reach: float, rounding: float) -> str:
    low, high = float(own.get("low", math.nan)), float(own.get("high", math.nan))
    if math.isnan(low) or math.isnan(high):
        return ""
    centre, half_width = (low + high) / 2, (high - low) / 2
    if abs(centre - difference) > rounding:
        return (
            f"the means differ by {difference:.2f}, and the published interval is about "
            f"{centre:.2f}"
        )
    if abs(half_width / reach - 1) > WIDTH_TOLERANCE:
        return (
            f"the standard deviations make the interval +-{reach:.2f} wide, and the published one "
            f"is +-{half_width:.2f}"
        )
    return ""
