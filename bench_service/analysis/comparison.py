"""Two runs held against each other: what changed from base to head, case by case."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from bench_service.analysis.drift import drift
from bench_service.analysis.quality import Quality
from bench_service.analysis.statistics import (
    CONFIDENCE,
    Estimate,
    FloatArray,
    adjust,
    mean_over_processes,
    p_different,
)
from bench_service.analysis.timing import GroupView, summarise_views, view_groups
from bench_service.analysis.verdict import SMALLEST_OF_INTEREST, Verdict, decide

CASE = (
    "activation", "params", "backend", "pass_name", "dtype", "numel", "condition", "layout",
    "threads", "input", "case",
)  # fmt: skip
COLUMNS = (
    *CASE, "base_time_ns", "head_time_ns", "base_ratio", "head_ratio", "change", "change_low",
    "change_high", "q_value", "verdict", "quality", "quality_reason", "time_change",
    "time_change_low", "time_change_high", "copy_change", "floor_change",
)  # fmt: skip
SIDES = ("base", "head")
BEST_FIRST = tuple(Quality)

Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


class _Side:
    """One of the two runs: its groups, and what it says of each case that it measured."""

    def __init__(self, frames: Frames) -> None:
        outcomes, blocks, processes = frames
        self.views = view_groups(blocks, processes)
        timing = summarise_views(outcomes, self.views)
        measured = timing[(timing["status"] == "ok") & timing["quality"].notna()]
        self.cases = {str(row["case"]): row for row in measured.to_dict("records")}
        of_cases = outcomes[outcomes["role"] == "case"]
        self.labels = dict(zip(of_cases["case"], of_cases["label"], strict=True))

    def view(self, case: str) -> tuple[GroupView, str]:
        """The group of a case, and the case's label in it."""
        return self.views[self.cases[case]["group"]], self.labels[case]


def difference(base: Estimate, head: Estimate) -> Estimate:
    """Head's mean minus base's, with the interval of two independent means.

    Degrees of freedom by Welch 1947, Biometrika 34:28, from each side's own. Both sides have at
    least 2 processes.
    """
    value = head.value - base.value
    error = math.hypot(base.standard_error, head.standard_error)
    if error == 0:
        return Estimate(value, value, value, 0.0, base.degrees + head.degrees)
    parts = (side.standard_error**4 / side.degrees for side in (base, head))
    degrees = error**4 / sum(parts)
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, degrees)) * error
    return Estimate(value, value - reach, value + reach, error, degrees)


def compare_runs(base: Frames, head: Frames) -> pd.DataFrame:
    """One row a case that both runs measured, with the columns ``COLUMNS``.

    Each run is its ``timing_outcomes``, ``timing_blocks`` and ``timing_processes``. ``change`` is
    head's ratio to ReLU over base's, with its 95 % interval over processes (``difference``); what
    the whole machine did in between cancels in it. ``time_change`` is the same of the times
    themselves: for ReLU it is the only change that can be seen. Verdicts are on ``change``, and
    for ReLU on ``time_change``, adjusted over all rows that get one. ``quality`` is the worse one
    of the two runs; a case that is invalid in either gets no verdict. ``copy_change`` and
    ``floor_change``, of the plain copy and of a call that does nothing, say how far the machine
    itself changed; what that may explain is inconclusive (``drift``).
    """
    sides = [_Side(frames) for frames in (base, head)]
    found = [_row(case, sides) for case in sides[1].cases if case in sides[0].cases]
    rows = [row for row in found if row is not None]
    p_values = np.array([row.pop("_p") for row in rows], dtype=float)
    for row, q_value in zip(rows, adjust(p_values), strict=True):
        estimate, margin, is_explained = (
            row.pop(name) for name in ("_estimate", "_margin", "_is_explained")
        )
        row["q_value"] = q_value
        if not math.isnan(q_value):
            verdict = decide(estimate, q_value, margin)
            is_change = verdict in (Verdict.FASTER, Verdict.SLOWER)
            row["verdict"] = (Verdict.INCONCLUSIVE if is_change and is_explained else verdict).value
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(case: str, sides: list[_Side]) -> dict[str, Any] | None:
    views = [side.view(case) for side in sides]
    ratios = [mean_over_processes(*view.sample(label, view.references)) for view, label in views]
    times = [mean_over_processes(*_log_times(view, label)) for view, label in views]
    if any(math.isnan(side.low) for side in ratios):
        return None
    change = difference(ratios[0], ratios[1])
    time_change = difference(times[0], times[1])
    known = sides[1].cases[case]
    moved = drift(views[0][0], views[1][0])
    is_relu = known["activation"] == "relu"
    judged, reach = (time_change, moved.of_times) if is_relu else (change, moved.of_ratios)
    quality, reason = _worse(case, sides)
    return {
        **{name: known[name] for name in CASE},
        "base_time_ns": sides[0].cases[case]["time_ns"],
        "head_time_ns": known["time_ns"],
        "base_ratio": math.exp(ratios[0].value),
        "head_ratio": math.exp(ratios[1].value),
        "change": math.exp(change.value),
        "change_low": math.exp(change.low),
        "change_high": math.exp(change.high),
        "time_change": math.exp(time_change.value),
        "time_change_low": math.exp(time_change.low),
        "time_change_high": math.exp(time_change.high),
        "quality": quality.value,
        "quality_reason": reason,
        "copy_change": math.exp(moved.copy),
        "floor_change": math.exp(moved.floor),
        "verdict": None,
        "_is_explained": moved.explains(judged, reach),
        "_p": math.nan if quality is Quality.INVALID else p_different(judged),
        "_estimate": judged,
        "_margin": max(SMALLEST_OF_INTEREST, *(view.margin for view, _ in views)),
    }


def _log_times(view: GroupView, label: str) -> tuple[FloatArray, list[str]]:
    """The logarithm of a call's time, and the parent, of every process that has one."""
    measured = [
        (time_ns, process.parent)
        for process in view.processes
        if label in process.call_ns and not math.isnan(time_ns := process.median_call_ns(label))
    ]
    return np.log([time_ns for time_ns, _ in measured]), [parent for _, parent in measured]


def _worse(case: str, sides: list[_Side]) -> tuple[Quality, str]:
    """The worse quality of the two runs, and why it isn't better, naming the run."""
    found = [Quality(side.cases[case]["quality"]) for side in sides]
    worst = max(found, key=BEST_FIRST.index)
    said = [
        f"{name}: {side.cases[case]['quality_reason']}"
        for name, side, quality in zip(SIDES, sides, found, strict=True)
        if quality is worst and side.cases[case]["quality_reason"]
    ]
    return worst, "; ".join(said)
