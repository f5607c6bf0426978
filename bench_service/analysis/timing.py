"""A run's timing cases, one row each: time, ratio to ReLU, verdict and quality."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.pairing import ProcessView, is_disturbed, view_process
from bench_service.analysis.quality import Evidence, judge
from bench_service.analysis.statistics import (
    Estimate,
    FloatArray,
    adjust,
    mean_over_processes,
    median_interval,
    one_process_range,
    p_different,
)
from bench_service.analysis.verdict import SMALLEST_OF_INTEREST, decide

NAN = math.nan
ITEMSIZE = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}
TENSORS_MOVED = {"forward": 2, "backward": 3, "forward_backward": 5}
# What a pass can't avoid: forward reads x and writes y, backward reads one gradient and writes
# another; after x + 1 both are the same tensor, so that forward and backward may move no more.
TENSORS_MOVED_AT_LEAST = 2
TENSORS_COPIED = 2
# The bandwidth guard speaks where moving the bytes, not calling, rules the copy's time.
BANDWIDTH_RULES_OVER_FLOOR = 3.0
# One element's gradient costs as much as no gradient, and either may come out a little faster.
CLEARLY_BELOW = 0.9

COLUMNS = (
    "activation", "params", "backend", "pass_name", "dtype", "numel", "condition", "layout",
    "threads", "input", "group", "case", "status", "reason", "time_ns", "time_low_ns",
    "time_high_ns", "ratio", "ratio_low", "ratio_high", "process_low", "process_high",
    "n_processes", "n_rounds", "verdict", "q_value", "quality", "quality_reason", "bytes_per_s",
    "fraction_of_copy", "copy_time_ns", "floor_time_ns", "saved_bytes_per_element",
    "faults_per_call", "aa_ratio", "aa_low", "aa_high", "spread_seconds", "flagged_share",
)  # fmt: skip


@dataclass
class GroupView:
    """The processes of a group, and the labels of what stands beside its cases."""

    processes: list[ProcessView]
    label_of_role: Mapping[str, str]
    aa: Estimate
    margin: float
    spread_seconds: float
    facts: tuple[Mapping[str, Any], ...] = ()
    """What every process said of itself."""
    faults: Mapping[str, float] = field(default_factory=dict)
    flagged: Mapping[str, float] = field(default_factory=dict)

    def over_processes(self, label: str, references: tuple[str, ...]) -> FloatArray:
        """The log-ratio of every process that has one, in order of time."""
        return self.sample(label, references)[0]

    def sample(self, label: str, references: tuple[str, ...]) -> tuple[FloatArray, list[str]]:
        """The log-ratio and the parent of every process that has one, in order of time."""
        measured = [view for view in self.processes if label in view.call_ns]
        values = np.array([view.log_ratio(label, references) for view in measured])
        known = ~np.isnan(values)
        parents = [view.parent for view, is_known in zip(measured, known, strict=True) if is_known]
        return np.asarray(values[known]), parents

    def times(self, label: str) -> FloatArray:
        """The median time of a call in ns of every process that has one."""
        return _known(
            [view.median_call_ns(label) for view in self.processes if label in view.call_ns]
        )

    def reason_against(self, label: str) -> str:
        """Why an entry's times, or those that it is held against, are worthless; else empty."""
        for name in (label, *self.references):
            said = [f["invalid"][name] for f in self.facts if name in f.get("invalid", {})]
            if said:
                return f"{name} {said[0]}, in {len(said)} of {len(self.facts)} processes"
        compiled = [facts["graphs"] for facts in self.facts if "graphs" in facts]
        if compiled and not any(compiled):
            return "nothing was compiled: the functions ran eagerly"
        return ""

    def n_rounds(self, label: str) -> int:
        """The number of clean rounds of all processes."""
        return sum(
            int(view.is_clean[label].sum()) for view in self.processes if label in view.is_clean
        )

    @property
    def references(self) -> tuple[str, ...]:
        """The labels of the two ReLUs."""
        return tuple(
            self.label_of_role[role]
            for role in ("reference", "alias")
            if role in self.label_of_role
        )


def _known(values: list[float]) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    return np.asarray(array[~np.isnan(array)])


def view_group(blocks: pd.DataFrame, processes: pd.DataFrame) -> GroupView:
    """The view of one group's blocks (rows: process and entry) and processes."""
    label_of_role = dict(zip(blocks["role"], blocks["label"], strict=True))
    label_of_role.pop("case", None)
    views = []
    parents = {
        int(process_ix): str(facts.get("parent", ""))
        for process_ix, facts in zip(processes["process_ix"], processes["facts"], strict=True)
        if facts
    }
    for process_ix, rows in blocks.groupby("process_ix", sort=True):
        entries = {
            str(label): (int(n_calls), wall_ns, flags)
            for label, n_calls, wall_ns, flags in zip(
                rows["label"], rows["n_calls"], rows["wall_ns"], rows["flags"], strict=True
            )
        }
        if {"reference", "alias"} <= set(rows["role"]):
            number = int(str(process_ix))
            views.append(view_process(number, entries, parents.get(number, "")))
    started = processes["started_at"]
    spread = (started.max() - started.min()).total_seconds() if len(started) > 1 else 0.0
    group = GroupView(views, label_of_role, _NO_ESTIMATE, SMALLEST_OF_INTEREST, spread)
    if views and len(group.references) == 2:
        reference, alias = group.references
        values, of_parents = group.sample(alias, (reference,))
        if len(values):
            group.aa = mean_over_processes(values, of_parents)
    if not math.isnan(group.aa.low):
        group.margin = max(SMALLEST_OF_INTEREST, abs(group.aa.low), abs(group.aa.high))
    group.facts = tuple(facts or {} for facts in processes["facts"])
    group.faults = {str(label): _faults(rows) for label, rows in blocks.groupby("label")}
    group.flagged = {str(label): _flagged(rows) for label, rows in blocks.groupby("label")}
    return group


_NO_ESTIMATE = Estimate(NAN, NAN, NAN, NAN, 0)


def _faults(rows: pd.DataFrame) -> float:
    per_call = []
    for faults, flags, n_calls in zip(
        rows["minor_faults"], rows["flags"], rows["n_calls"], strict=True
    ):
        clean = np.asarray(flags) == 0
        if clean.any():
            per_call.append(np.median(np.asarray(faults)[clean]) / n_calls)
    return float(np.median(per_call)) if per_call else NAN


def _flagged(rows: pd.DataFrame) -> float:
    return float(np.mean(np.concatenate([is_disturbed(flags) for flags in rows["flags"]])))


def view_groups(blocks: pd.DataFrame, processes: pd.DataFrame) -> dict[str, GroupView]:
    """The views of all groups of a run, by fingerprint."""
    return {
        str(group): view_group(rows, processes[processes["group"] == group])
        for group, rows in blocks.groupby("group")
    }


def summarise(
    outcomes: pd.DataFrame, blocks: pd.DataFrame, processes: pd.DataFrame
) -> pd.DataFrame:
    """One row a case that was asked for, with the columns ``COLUMNS``.

    The verdicts' p-values are adjusted over all rows. A case that failed or was skipped has its
    status and reason, and NaN or None for what wasn't measured. The three frames are those of
    ``db.queries``: ``timing_outcomes``, ``timing_blocks`` and ``timing_processes``.
    """
    return summarise_views(outcomes, view_groups(blocks, processes))


def summarise_views(outcomes: pd.DataFrame, views: Mapping[str, GroupView]) -> pd.DataFrame:
    """As ``summarise``, from the views of all groups by fingerprint."""
    asked = outcomes[outcomes["role"] == "case"]
    rows = []
    for record in asked.to_dict("records"):
        outcome = {str(name): value for name, value in record.items()}
        rows.append(_row(outcome, views.get(outcome["group"])))
    estimates = [(row.pop("_log_ratio"), row.pop("_margin")) for row in rows]
    # The family is what gets a verdict: what is invalid would only make the others look surer.
    p_values = np.array([row.pop("_p") for row in rows], dtype=float)
    for row, (log_ratio, margin), q_value in zip(rows, estimates, adjust(p_values), strict=True):
        row["q_value"] = q_value
        if not math.isnan(q_value):
            row["verdict"] = decide(log_ratio, q_value, margin).value
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(outcome: Mapping[str, Any], group: GroupView | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        **dict.fromkeys(COLUMNS, NAN),
        **{name: outcome[name] for name in COLUMNS if name in outcome},
        "n_processes": 0, "n_rounds": 0, "quality": None, "quality_reason": "", "verdict": None,
        "_p": NAN, "_log_ratio": _NO_ESTIMATE, "_margin": NAN,
    }  # fmt: skip
    label = outcome["label"]
    if outcome["status"] != "ok" or group is None:
        return row
    log_ratios, of_parents = group.sample(label, group.references)
    if not len(log_ratios):
        return row
    estimate = mean_over_processes(log_ratios, of_parents)
    times = group.times(label)
    low, high = median_interval(times)
    process_low, process_high = one_process_range(log_ratios)
    row |= {
        "time_ns": float(np.median(times)), "time_low_ns": low, "time_high_ns": high,
        "ratio": math.exp(estimate.value), "ratio_low": math.exp(estimate.low),
        "ratio_high": math.exp(estimate.high), "process_low": math.exp(process_low),
        "process_high": math.exp(process_high), "n_processes": len(log_ratios),
        "n_rounds": group.n_rounds(label),
        "faults_per_call": group.faults[label], "flagged_share": group.flagged[label],
        "aa_ratio": math.exp(group.aa.value), "aa_low": math.exp(group.aa.low),
        "aa_high": math.exp(group.aa.high), "spread_seconds": group.spread_seconds,
        "_log_ratio": estimate, "_margin": group.margin,
    }  # fmt: skip
    row |= _bandwidth(row, outcome, group)
    row["quality"], row["quality_reason"] = _quality(row, outcome, group, estimate)
    if row["quality"] != "invalid" and outcome["facts"].get("keeps_width", True):
        row["_p"] = p_different(estimate)
    return row


def _bandwidth(
    row: Mapping[str, Any], outcome: Mapping[str, Any], group: GroupView
) -> dict[str, float]:
    copy_ns, floor_ns = (
        float(np.median(group.times(group.label_of_role[role])))
        if role in group.label_of_role and len(group.times(group.label_of_role[role]))
        else NAN
        for role in ("copy", "floor")
    )
    found = {"copy_time_ns": copy_ns, "floor_time_ns": floor_ns}
    if outcome["facts"].get("returns_input") or row["pass_name"] not in TENSORS_MOVED:
        return found  # nothing is moved, or by how much isn't known: a model's step moves a lot
    tensor_bytes = row["numel"] * ITEMSIZE[row["dtype"]]
    bytes_per_s = TENSORS_MOVED[row["pass_name"]] * tensor_bytes / (row["time_ns"] * 1e-9)
    copied_per_s = TENSORS_COPIED * tensor_bytes / (copy_ns * 1e-9)
    return found | {"bytes_per_s": bytes_per_s, "fraction_of_copy": bytes_per_s / copied_per_s}


def _quality(
    row: Mapping[str, Any], outcome: Mapping[str, Any], group: GroupView, estimate: Estimate
) -> tuple[str, str]:
    floor_ns, copy_ns = row["floor_time_ns"], row["copy_time_ns"]
    returns_input = bool(outcome["facts"].get("returns_input"))
    # On a GPU's own clocks a call that launches nothing has no time: there bandwidth rules.
    bandwidth_rules = math.isnan(floor_ns) or copy_ns > BANDWIDTH_RULES_OVER_FLOOR * floor_ns
    unavoidable = TENSORS_MOVED_AT_LEAST / TENSORS_MOVED.get(row["pass_name"], math.nan)
    quality, reason = judge(
        Evidence(
            log_ratio=estimate,
            aa=group.aa,
            n_processes=row["n_processes"],
            flagged_share=row["flagged_share"],
            fraction_of_copy=unavoidable * row["fraction_of_copy"] if bandwidth_rules else NAN,
            below_floor=row["time_high_ns"] < CLEARLY_BELOW * floor_ns and not returns_input,
            counters_reason=group.reason_against(outcome["label"]),
        )
    )
    return quality.value, reason
