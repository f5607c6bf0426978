"""Rows of timing: cases, parts of children and their blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bench_service.result import CaseOutcome, ChildResult, EntryBlocks, Role, TimingCase
from bench_service.timing.spec import (
    ALIAS_LABEL,
    COPY_LABEL,
    FLOOR_LABEL,
    REFERENCE_LABEL,
    label_of,
)
from db import tables
from db.errors import RefusedValueError
from db.upsert import ids_by_fingerprint

_LABELS = {
    Role.REFERENCE: REFERENCE_LABEL,
    Role.ALIAS: ALIAS_LABEL,
    Role.COPY: COPY_LABEL,
    Role.FLOOR: FLOOR_LABEL,
}
_ARRAYS = EntryBlocks.array_names()


def case_ids(connection: Connection, cases: Iterable[TimingCase]) -> dict[str, int]:
    """Ids by fingerprint; cases that the store hasn't seen yet are added."""
    rows = {case.fingerprint: _case_row(case) for case in cases}
    return ids_by_fingerprint(connection, tables.TimingCase, rows)


def _case_row(case: TimingCase) -> dict[str, Any]:
    conditions = case.conditions
    names = ("backend", "pass_name", "dtype", "numel", "condition", "layout", "threads", "input")
    return {
        "group_fingerprint": conditions.fingerprint,
        "activation": case.activation,
        "parameters": dict(case.parameters),
        **{name: getattr(conditions, name) for name in names},
    }


def part_row(run_id: int, child: ChildResult) -> dict[str, Any]:
    """A row of timing_part."""
    return {
        "run_id": run_id,
        "group_fingerprint": child.group,
        "process_ix": child.process_ix,
        "part": child.part,
        "is_last": child.is_last,
        "n_rounds": max((len(block.wall_ns) for block in child.blocks), default=0),
        "seed": child.seed,
        "started_at": datetime.fromtimestamp(0, UTC) + timedelta(microseconds=child.started_at_us),
        "status": child.status,
        "reason": child.reason,
        "facts": child.facts,
    }


def block_row(part_id: int, block: EntryBlocks, case_id: int | None) -> dict[str, Any]:
    """A row of timing_block."""
    return {
        "part_id": part_id,
        "label": block.label,
        "role": str(block.role),
        "case_id": case_id,
        "n_calls": block.n_calls,
        **{name: getattr(block, name) for name in _ARRAYS},
    }


def outcome_row(
    run_id: int, outcome: CaseOutcome, case_id: int, activation_id: int | None
) -> dict[str, Any]:
    """A row of timing_outcome."""
    return {
        "run_id": run_id,
        "case_id": case_id,
        "label": _LABELS.get(Role(outcome.role)) or label_of(outcome.case),
        "role": str(outcome.role),
        "activation_id": activation_id,
        "status": str(outcome.status),
        "reason": outcome.reason,
        "n_calls": outcome.n_calls,
        "saved_bytes_per_element": outcome.saved_bytes_per_element,
        "facts": outcome.facts,
    }


def require_sound(child: ChildResult, cases: Mapping[str, TimingCase]) -> None:
    """Nothing; RefusedValueError for a case without its case, or arrays of unequal length."""
    for block in child.blocks:
        if block.role == Role.CASE and block.label not in cases:
            raise RefusedValueError("An entry has no case.", got=block.label, allowed=str([*cases]))
        lengths = {name: len(getattr(block, name)) for name in _ARRAYS}
        if len(set(lengths.values())) != 1:
            raise RefusedValueError(
                f"The arrays of {block.label!r} differ in length.", got=str(lengths)
            )
