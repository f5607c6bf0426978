"""The JSON documents that others build on, field by field as the design promises them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from bench_service.result import RunStatus

RUN_FIELDS = (
    "id", "label", "suite", "status", "started_at", "finished_at", "n_cases", "n_ok", "n_failed",
    "environment",
)  # fmt: skip
TIMING_FIELDS = (
    "activation", "params", "backend", "pass", "dtype", "numel", "layout", "threads", "input",
    "status", "reason", "time_ns", "time_low_ns", "time_high_ns", "ratio", "ratio_low",
    "ratio_high", "n_processes", "n_rounds", "verdict", "quality", "quality_reason", "bytes_per_s",
    "fraction_of_copy", "saved_bytes_per_element", "faults_per_call", "aa_ratio", "aa_low",
    "aa_high",
)  # fmt: skip
TRAINING_FIELDS = (
    "workload", "workload_version", "activation", "params", "backend", "init", "optimizer", "lr",
    "lr_role", "seed", "status", "reason", "steps", "step_time_ns", "val_loss", "val_accuracy",
    "test_loss", "test_accuracy", "steps_to_target", "grad_dead", "zero_dead", "off_pinned",
    "sparsity",
)  # fmt: skip
_NOTHING: Mapping[str, float] = MappingProxyType({})

# The view of a case that the main list shows; the other views stand in a list of their own, so
# that a case is one row of the main list.
MAIN_CONDITIONS = frozenset({"default", "kernel", "graph"})
# Backends whose one clock is the wall's.
WALL_ALONE = frozenset({"mps-eager"})


def is_main(row: Mapping[Any, Any]) -> bool:
    """True for the view of a case that the main list shows."""
    return row["condition"] in MAIN_CONDITIONS or row["backend"] in WALL_ALONE


def run_document(
    header: Mapping[str, Any],
    environment: Mapping[str, Any],
    timing: pd.DataFrame,
    training: pd.DataFrame | None = None,
    step_times_ns: Mapping[str, float] = _NOTHING,
) -> dict[str, Any]:
    """What ``show RUN --json`` prints: ``run``, ``timing``, ``training`` and the further views.

    ``training`` has a row a slice, as ``db.queries.training_slices`` answers; ``step_times_ns``
    holds the measured time of a training step by the slice's ``case``, for those that have one.
    ``timing_conditions`` holds the same fields, and ``condition``, for cases measured under
    another condition than the main one: a warm allocator, another clock. Fields that don't apply
    are null; NaN never appears.
    """
    rows = [] if timing.empty else timing.to_dict("records")
    main = [row for row in rows if is_main(row)]
    others = [row for row in rows if not is_main(row)]
    slices = [] if training is None else training.to_dict("records")
    return {
        "run": run_fields(header, environment),
        "timing": [timing_fields(row) for row in main],
        "training": [training_fields(row, step_times_ns.get(row["case"])) for row in slices],
        "timing_conditions": [
            {"condition": row["condition"], **timing_fields(row)} for row in others
        ],
    }


def run_fields(header: Mapping[str, Any], environment: Mapping[str, Any]) -> dict[str, Any]:
    """The object ``run``."""
    document = {**header, "id": header["uid"], "environment": environment}
    return {name: plain(document[name]) for name in RUN_FIELDS}


def timing_fields(row: Mapping[Any, Any]) -> dict[str, Any]:
    """One object of ``timing``."""
    document = {**row, "pass": row["pass_name"]}
    return {name: plain(document[name]) for name in TIMING_FIELDS}


def training_fields(row: Mapping[Any, Any], step_time_ns: float | None = None) -> dict[str, Any]:
    """One object of ``training``; the step's time is null until the pass ``step`` was measured.

    A slice that can't be trained here is an ``error`` with its reason: others know no more words.
    """
    status = "error" if row["status"] == "skipped" else row["status"]
    document = {**row, "status": status, "step_time_ns": step_time_ns}
    return {name: plain(document[name]) for name in TRAINING_FIELDS}


def benchmark_fields(row: Mapping[Any, Any]) -> dict[str, Any]:
    """One benchmark of a test session: what pytest-benchmark measured, and no verdict."""
    times = row["times_ns"]
    document = {
        "name": row["name"],
        "fullname": row["fullname"],
        "group": row["group_name"],
        "params": row["params"],
        "n_rounds": row["n_rounds"],
        "iterations": row["iterations"],
        "median_ns": np.median(times) if len(times) else None,
        "stats": row["stats"],
    }
    return {name: plain(value) for name, value in document.items()}


def stored_status(status: RunStatus) -> str:
    """The status as others know it: of a run that is still at work, a part is there."""
    return (RunStatus.PARTIAL if status is RunStatus.RUNNING else status).value


def plain(value: Any) -> Any:  # noqa: ANN401  # whatever a frame or a fact holds
    """The value as JSON can hold it: null for NaN and NaT, ISO 8601 for times."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if (
        value is None
        or value is pd.NaT
        or value is pd.NA
        or (isinstance(value, float) and not math.isfinite(value))
    ):
        return None
    return value.isoformat() if isinstance(value, datetime) else value
