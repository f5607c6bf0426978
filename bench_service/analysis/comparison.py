"""Two runs held against each other: what changed from base to head, case by case."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from bench_service.analysis.statistics import (
    CONFIDENCE,
    Estimate,
    FloatArray,
    adjust,
    means_by_parent,
    p_different,
)
from bench_service.analysis.timing import GroupView, view_groups
from bench_service.analysis.verdict import SMALLEST_OF_INTEREST, decide

CASE = (
    "activation", "params", "backend", "pass_name", "dtype", "numel", "condition", "layout",
    "threads", "input", "case",
)  # fmt: skip
COLUMNS = (
    *CASE, "base_time_ns", "head_time_ns", "base_ratio", "head_ratio", "change", "change_low",
    "change_high", "q_value", "verdict", "time_change", "time_change_low", "time_change_high",
)  # fmt: skip


def difference_of_means(base: FloatArray, head: FloatArray) -> Estimate:
    """Head's mean minus base's, with Welch's interval; both of shape (n_processes,), n >= 2."""
    value = float(head.mean() - base.mean())
    error = math.sqrt(head.var(ddof=1) / len(head) + base.var(ddof=1) / len(base))
    if error == 0:
        return Estimate(value, value, value, 0.0, len(head) + len(base) - 2)
    test = stats.ttest_ind(head, base, equal_var=False)
    low, high = test.confidence_interval(CONFIDENCE)
    return Estimate(value, float(low), float(high), error, float(test.df))


def compare_runs(
    base: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    head: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> pd.DataFrame:
    """One row a case that both runs measured, with the columns ``COLUMNS``.

    Each run is its ``timing_outcomes``, ``timing_blocks`` and ``timing_processes``. ``change`` is
    head's ratio to ReLU over base's, with Welch's 95 % interval over processes; what the whole
    machine did in between cancels in it. ``time_change`` is the same of the times themselves: for
    ReLU it is the only change that can be seen. Verdicts are on ``change``, and for ReLU on
    ``time_change``, adjusted over all rows.
    """
    views = [view_groups(blocks, processes) for _, blocks, processes in (base, head)]
    labels = [_labels(blocks) for _, blocks, _ in (base, head)]
    outcomes = head[0][(head[0]["role"] == "case") & (head[0]["status"] == "ok")]
    rows = []
    for outcome in outcomes.to_dict("records"):
        case, group = outcome["case"], outcome["group"]
        sides = [
            (view[group], label[case])
            for view, label in zip(views, labels, strict=True)
            if group in view and case in label
        ]
        row = _row(outcome, sides) if len(sides) == 2 else None
        if row is not None:
            rows.append(row)
    p_values = np.array([row.pop("_p") for row in rows], dtype=float)
    for row, q_value in zip(rows, adjust(p_values), strict=True):
        estimate, margin = row.pop("_estimate"), row.pop("_margin")
        row["q_value"] = q_value
        row["verdict"] = decide(estimate, q_value, margin).value
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _labels(blocks: pd.DataFrame) -> dict[str, str]:
    cases = blocks[blocks["role"] == "case"]
    return dict(zip(cases["case"], cases["label"], strict=True))


def _row(outcome: dict[Any, Any], sides: list[tuple[GroupView, str]]) -> dict[str, Any] | None:
    samples = [view.sample(label, view.references) for view, label in sides]
    ratios = [
        means_by_parent(values, parents) if len(set(parents)) > 1 else values
        for values, parents in samples
    ]
    times = [view.times(label) for view, label in sides]
    if min(map(len, ratios)) < 2:
        return None
    change = difference_of_means(ratios[0], ratios[1])
    time_change = difference_of_means(np.log(times[0]), np.log(times[1]))
    judged = time_change if outcome["activation"] == "relu" else change
    return {
        **{name: outcome.get(name) for name in CASE},
        "base_time_ns": float(np.median(times[0])),
        "head_time_ns": float(np.median(times[1])),
        "base_ratio": math.exp(ratios[0].mean()),
        "head_ratio": math.exp(ratios[1].mean()),
        "change": math.exp(change.value),
        "change_low": math.exp(change.low),
        "change_high": math.exp(change.high),
        "time_change": math.exp(time_change.value),
        "time_change_low": math.exp(time_change.low),
        "time_change_high": math.exp(time_change.high),
        "_p": p_different(judged),
        "_estimate": judged,
        "_margin": max(SMALLEST_OF_INTEREST, *(view.margin for view, _ in sides)),
    }


def fact_differences(base: Any, head: Any, name: str = "") -> list[dict[str, Any]]:  # noqa: ANN401  # facts
    """The facts that differ, as ``{"fact", "base", "head"}``; nested facts by dotted names."""
    if isinstance(base, dict) and isinstance(head, dict):
        found = []
        for key in dict.fromkeys((*base, *head)):
            inner = f"{name}.{key}" if name else str(key)
            found += fact_differences(base.get(key), head.get(key), inner)
        return found
    return [] if base == head else [{"fact": name, "base": base, "head": head}]
