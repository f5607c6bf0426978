"""What an earlier attempt at a run has done: its groups, with their frozen block sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from bench_service.planning import Group, Plan
from bench_service.result import Conditions, EntryProbe, Role, Status, TimingCase
from bench_service.timing.schedule import GroupState, calibrated
from bench_service.timing.spec import GroupSpec, group_of, label_of

if TYPE_CHECKING:
    from db.session import Store


def resumed_groups(store: Store, uid: str, plan: Plan, seed: int) -> Mapping[str, GroupState]:
    """The state of every group that was probed before, by fingerprint.

    A group counts as probed when its entries have their outcomes; they are stored together. One
    that was skipped then, for want of memory, may be measured now; one that was probed then and
    can't be measured now keeps what it has, so groups that the plan skips are looked up too.
    """
    from db import queries

    suite = plan.suite.timing
    outcomes = queries.timing_outcomes(store, uid)
    if suite is None or outcomes.empty:
        return {}
    probed = outcomes[outcomes["status"] != Status.SKIPPED]
    blocks = queries.timing_blocks(store, uid)
    processes = queries.timing_processes(store, uid)
    states = {}
    for group in (*plan.groups, *_skipped_groups(plan)):
        fingerprint = group.conditions.fingerprint
        rows = probed[probed["group"] == fingerprint]
        if rows.empty:
            continue
        spec = group_of(group.conditions, group.cases)
        probes = _stored_probes(group, spec, rows)
        state = GroupState(calibrated(replace(spec, seed=seed), probes, suite))
        children = processes[processes["group"] == fingerprint]
        _add_children(state, blocks[blocks["group"] == fingerprint], children)
        numbers = children["process_ix"]
        state.next_process = int(numbers.max()) + 1 if len(numbers) else 0
        state.look(suite)
        states[fingerprint] = state
    return states


def _skipped_groups(plan: Plan) -> list[Group]:
    cases: dict[Conditions, list[TimingCase]] = {}
    for skip in plan.skips:
        cases.setdefault(skip.case.conditions, []).append(skip.case)
    return [Group(conditions, tuple(found)) for conditions, found in cases.items()]


def _stored_probes(group: Group, spec: GroupSpec, rows: pd.DataFrame) -> dict[str, EntryProbe]:
    """What was found of the entries, as far as going on needs it."""
    labels = {case.fingerprint: label_of(case) for case in group.cases}
    beside = {entry.role: entry.label for entry in spec.entries if entry.role != Role.CASE}
    probes = {}
    for row in rows.to_dict("records"):
        is_case = row["role"] == Role.CASE
        label = labels[row["case"]] if is_case else beside[row["role"]]
        n_calls = int(row["n_calls"]) if row["status"] == Status.OK else 0
        time_ns = float(row["facts"].get("call_time_ns", 0.0))
        probes[label] = EntryProbe(label, row["role"], n_calls, time_ns)
    return probes


def _add_children(state: GroupState, blocks: pd.DataFrame, children: pd.DataFrame) -> None:
    parents = {
        int(process_ix): str(facts.get("parent", ""))
        for process_ix, facts in zip(children["process_ix"], children["facts"], strict=True)
    }
    for process_ix, rows in blocks.groupby("process_ix", sort=True):
        entries = {
            str(label): (int(n_calls), wall_ns, flags)
            for label, n_calls, wall_ns, flags in zip(
                rows["label"], rows["n_calls"], rows["wall_ns"], rows["flags"], strict=True
            )
        }
        number = int(str(process_ix))
        state.add_entries(number, entries, parents.get(number, ""))
