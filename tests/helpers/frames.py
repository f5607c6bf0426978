"""The three frames that a run's analysis reads, from times that a test writes down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from bench_service.timing.spec import ALIAS_LABEL, COPY_LABEL, FLOOR_LABEL, REFERENCE_LABEL

ROLES = {
    REFERENCE_LABEL: "reference",
    ALIAS_LABEL: "alias",
    COPY_LABEL: "copy",
    FLOOR_LABEL: "floor",
}
N_CALLS = 10


def frames_of(
    call_ns: Mapping[str, Any],
    *,
    n_rounds: int = 6,
    flags: Mapping[str, Any] | None = None,
    faults: Mapping[str, int] | None = None,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    process_facts: Any = None,
    group: str = "g",
    **conditions: Any,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Outcomes, blocks and processes.

    ``call_ns[label]`` is the time of a call: of shape (n_processes,), the same in every round, or
    (n_processes, n_rounds). ``flags[label]`` likewise.
    """
    where = {
        "backend": "cpu-eager", "pass_name": "forward", "dtype": "float32", "numel": 1024,
        "condition": "default", "layout": "contiguous", "threads": 1, "input": "normal",
        **conditions,
    }  # fmt: skip
    outcomes, blocks = [], []
    n_processes = 0
    for label, given in call_ns.items():
        role = ROLES.get(label, "case")
        times = np.asarray(given, dtype=float)
        times = times[:, None] * np.ones(n_rounds) if times.ndim == 1 else times
        n_processes = max(n_processes, len(times))
        outcomes.append({
            "case": f"{group}/{label}", "group": group, "label": label, "activation": label,
            "params": {}, **where, "role": role, "status": "ok", "reason": "",
            "n_calls": N_CALLS, "saved_bytes_per_element": None, "activation_version": 1,
            "facts": (facts or {}).get(label, {}),
        })  # fmt: skip
        for process_ix, of_process in enumerate(times):
            if np.isnan(of_process).all():
                continue
            flag = np.broadcast_to((flags or {}).get(label, 0), times.shape)[process_ix]
            n = len(of_process)
            blocks.append({
                "group": group, "process_ix": process_ix, "label": label, "role": role,
                "case": f"{group}/{label}", "activation": label, "params": {}, "n_calls": N_CALLS,
                "n_rounds": n, "wall_ns": of_process * N_CALLS, "cpu_ns": of_process * N_CALLS,
                "position": np.zeros(n, dtype=int), "involuntary_switches": np.zeros(n, dtype=int),
                "minor_faults": np.full(n, (faults or {}).get(label, 0)),
                "flags": flag.astype(int),
            })  # fmt: skip
    began = datetime(2026, 1, 1, tzinfo=UTC)
    said = process_facts or [{}] * n_processes
    processes = [
        {"group": group, "process_ix": ix, "seed": 1, "started_at": began + timedelta(seconds=ix),
         "status": "ok", "reason": "", "n_parts": 1, "n_rounds": n_rounds, "is_complete": True,
         "facts": said[ix]}
        for ix in range(n_processes)
    ]  # fmt: skip
    return pd.DataFrame(outcomes), pd.DataFrame(blocks), pd.DataFrame(processes)


def beside(n_processes: int = 8, relu: float = 1000.0, copy: float = 900.0, floor: float = 40.0):
    """What every round has beside its cases, without noise."""
    ones = np.ones(n_processes)
    return {
        REFERENCE_LABEL: relu * ones,
        ALIAS_LABEL: relu * ones,
        COPY_LABEL: copy * ones,
        FLOOR_LABEL: floor * ones,
    }
