"""Timing of one run: outcomes, children, and blocks as they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Select, select

from db.arrays import IntArray
from db.queries.frame import bounded, frame
from db.session import Store
from db.tables import Activation, Run, TimingBlock, TimingCase, TimingOutcome, TimingPart

OUTCOMES = {
    "case": "text",
    "group": "text",
    "label": "text",
    "activation": "text",
    "params": "object",
    "backend": "text",
    "pass_name": "text",
    "dtype": "text",
    "numel": "integer",
    "condition": "text",
    "layout": "text",
    "threads": "integer",
    "input": "text",
    "role": "text",
    "status": "text",
    "reason": "text",
    "n_calls": "integer",
    "saved_bytes_per_element": "number",
    "activation_version": "integer?",
    "facts": "object",
}
PROCESSES = {
    "group": "text",
    "process_ix": "integer",
    "seed": "integer",
    "started_at": "time",
    "status": "text",
    "reason": "text",
    "n_parts": "integer",
    "n_rounds": "integer",
    "is_complete": "flag",
    "facts": "object",
}
ARRAYS = ("wall_ns", "cpu_ns", "position", "involuntary_switches", "minor_faults", "flags")
BLOCKS = {
    "group": "text",
    "process_ix": "integer",
    "label": "text",
    "role": "text",
    "case": "text",
    "activation": "text",
    "params": "object",
    "n_calls": "integer",
    "n_rounds": "integer",
    **dict.fromkeys(ARRAYS, "object"),
}


def timing_outcomes(store: Store, uid: str, *, limit: int = 50_000) -> pd.DataFrame:
    """What became of every case of a run, one row per case and role; a case not run has no row.

    ``case, group`` (fingerprints), ``label, activation`` text, ``params`` dicts, ``backend,
    pass_name, dtype`` text, ``numel`` int64, ``condition, layout`` text, ``threads`` int64,
    ``input, role, status, reason`` text, ``n_calls`` int64 (in a block; 0 where none was timed),
    ``saved_bytes_per_element`` float64, ``activation_version`` Int64, ``facts`` dicts.
    TooManyRowsError beyond ``limit``.
    """
    case, outcome = TimingCase, TimingOutcome
    statement = (
        select(
            case.fingerprint,
            case.group_fingerprint,
            outcome.label,
            case.activation,
            case.parameters,
            case.backend,
            case.pass_name,
            case.dtype,
            case.numel,
            case.condition,
            case.layout,
            case.threads,
            case.input,
            outcome.role,
            outcome.status,
            outcome.reason,
            outcome.n_calls,
            outcome.saved_bytes_per_element,
            Activation.version,
            outcome.facts,
        )
        .select_from(outcome)
        .join(Run, Run.id == outcome.run_id)
        .join(case, case.id == outcome.case_id)
        .join(Activation, Activation.id == outcome.activation_id, isouter=True)
        .where(Run.uid == uid)
        .order_by(outcome.id)
    )
    with store.transaction(reads_only=True) as connection:
        rows = bounded(connection, statement, limit)
    return frame(rows, OUTCOMES)


def timing_processes(store: Store, uid: str, *, limit: int = 100_000) -> pd.DataFrame:
    """The children of a run, one row each, by group and number.

    ``group`` (fingerprint) text, ``process_ix, seed`` int64, ``started_at`` UTC time, ``status,
    reason`` text (of its newest part), ``n_parts, n_rounds`` int64, ``is_complete`` bool (its
    last part is here: it wasn't killed), ``facts`` dicts (of all parts; the newest word holds).
    TooManyRowsError beyond ``limit`` parts.
    """
    part = TimingPart
    statement = (
        select(
            part.group_fingerprint,
            part.process_ix,
            part.seed,
            part.started_at,
            part.status,
            part.reason,
            part.n_rounds,
            part.is_last,
            part.facts,
        )
        .join(Run, Run.id == part.run_id)
        .where(Run.uid == uid)
        .order_by(part.group_fingerprint, part.process_ix, part.part)
    )
    with store.transaction(reads_only=True) as connection:
        rows = bounded(connection, statement, limit)
    children: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        children.setdefault((row.group_fingerprint, row.process_ix), []).append(row)
    return frame([(*key, *_child(parts)) for key, parts in children.items()], PROCESSES)


def _child(parts: list[Any]) -> tuple[Any, ...]:
    facts: dict[str, Any] = {}
    for part in parts:
        facts |= part.facts
    return (
        parts[0].seed,
        min(part.started_at for part in parts),
        parts[-1].status,
        parts[-1].reason,
        len(parts),
        sum(part.n_rounds for part in parts),
        any(part.is_last for part in parts),
        facts,
    )


def timing_blocks(
    store: Store, uid: str, *, groups: Sequence[str] | None = None, limit: int = 200_000
) -> pd.DataFrame:
    """What was measured, one row per child and entry, its parts joined in their order.

    ``group`` (fingerprint) text, ``process_ix`` int64, ``label, role`` text, ``case``
    (fingerprint), ``activation`` text and ``params`` dicts, these three missing for entries that
    are no case, ``n_calls`` (in a block), ``n_rounds`` int64, and int64 arrays of ``n_rounds``
    numbers, read-only: ``wall_ns, cpu_ns`` (of a whole block), ``position`` (in the round's random
    order), ``involuntary_switches, minor_faults`` (in a block), ``flags`` (bits). Optionally of
    some groups alone.
    TooManyRowsError beyond ``limit`` stored blocks.
    """
    statement = _blocks().where(Run.uid == uid)
    if groups is not None:
        statement = statement.where(TimingPart.group_fingerprint.in_(list(groups)))
    with store.transaction(reads_only=True) as connection:
        rows = bounded(connection, statement, limit)
    entries: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        key = (row.group_fingerprint, row.process_ix, row.label, row.role, row.n_calls)
        entries.setdefault(key, []).append(row)
    return frame([_entry(parts) for parts in entries.values()], BLOCKS)


def _blocks() -> Select[Any]:
    block, part, case = TimingBlock, TimingPart, TimingCase
    return (
        select(
            part.group_fingerprint,
            part.process_ix,
            block.label,
            block.role,
            case.fingerprint.label("case_fingerprint"),
            case.activation,
            case.parameters,
            block.n_calls,
            *(getattr(block, name) for name in ARRAYS),
        )
        .select_from(block)
        .join(part, part.id == block.part_id)
        .join(Run, Run.id == part.run_id)
        .join(case, case.id == block.case_id, isouter=True)
        .order_by(part.group_fingerprint, part.process_ix, part.part, block.id)
    )


def _entry(parts: list[Any]) -> tuple[Any, ...]:
    first = parts[0]
    arrays = [_joined([getattr(part, name) for part in parts]) for name in ARRAYS]
    return (
        first.group_fingerprint,
        first.process_ix,
        first.label,
        first.role,
        first.case_fingerprint,
        first.activation,
        first.parameters,
        first.n_calls,
        len(arrays[0]),
        *arrays,
    )


def _joined(arrays: list[IntArray]) -> IntArray:
    if len(arrays) == 1:
        return arrays[0]
    whole = np.concatenate(arrays)
    whole.setflags(write=False)
    return whole
