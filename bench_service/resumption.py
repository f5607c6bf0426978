"""What an earlier attempt at a run has done: its groups, with their frozen block sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from bench_service.planning import Plan
from bench_service.result import EntryProbe, Role
from bench_service.timing.schedule import GroupState, calibrated
from bench_service.timing.spec import group_of, label_of

if TYPE_CHECKING:
    from db.session import Store


def resumed_groups(store: Store, uid: str, plan: Plan, seed: int) -> Mapping[str, GroupState]:
    """The state of every group that was probed before, by fingerprint.

    A group counts as probed when every entry has its outcome; they are stored together.
    """
    from db import queries

    suite = plan.suite.timing
    outcomes = queries.timing_outcomes(store, uid)
    if suite is None or outcomes.empty:
        return {}
    blocks = queries.timing_blocks(store, uid)
    states = {}
    for group in plan.groups:
        fingerprint = group.conditions.fingerprint
        rows = outcomes[outcomes["group"] == fingerprint]
        if rows.empty:
            continue
        labels = {case.fingerprint: label_of(case) for case in group.cases}
        spec = group_of(group.conditions, group.cases)
        beside = {e.role: e.label for e in spec.entries if e.role != Role.CASE}
        probes = {}
        for row in rows.to_dict("records"):
            is_case = row["role"] == Role.CASE
            label = labels[row["case"]] if is_case else beside[row["role"]]
            n_calls = int(row["n_calls"]) if row["status"] == "ok" else 0
            time_ns = float(row["facts"].get("call_time_ns", 0.0))
            probes[label] = EntryProbe(label, row["role"], n_calls, time_ns)
        state = GroupState(calibrated(replace(spec, seed=seed), probes, suite))
        _add_children(state, blocks[blocks["group"] == fingerprint])
        if not any(entry.role == Role.CASE for entry in state.spec.entries):
            state.is_finished, state.why_finished = True, "nothing to measure"
        state.look(suite)
        states[fingerprint] = state
    return states


def _add_children(state: GroupState, blocks: pd.DataFrame) -> None:
    for process_ix, rows in blocks.groupby("process_ix", sort=True):
        entries = {
            str(label): (int(n_calls), wall_ns, flags)
            for label, n_calls, wall_ns, flags in zip(
                rows["label"], rows["n_calls"], rows["wall_ns"], rows["flags"], strict=True
            )
        }
        state.add_entries(int(str(process_ix)), entries)
        state.next_process = int(str(process_ix)) + 1
