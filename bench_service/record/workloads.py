"""Rows of workloads: what a slice was trained on, as it was defined at that time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from bench_service.record.sound_slices import require_finite
from bench_service.training.result import TrainingCase, WorkloadFacts
from db import tables
from db.errors import RefusedValueError
from db.upsert import key_of, put

Ids = dict[tuple[str, int], int]
"""Ids of workloads by name and version."""
_KEY = ("name", "version", "target_version")
_DEFINITION = ("metric", "better", "chance", "target_metric", "target", "n_steps", "batch_size")
_TEXTS = ("description", "source", "facts")
_ROUNDING = 1e-9  # two machines may compute a number of a definition with that relative difference


def put_workloads(connection: Connection, rows: Iterable[WorkloadFacts]) -> Ids:
    """Ids of the workloads, stored where they are new; of known ones the texts and facts change.

    RefusedValueError where a workload of that version is stored with another definition: what was
    trained before points to that one.
    """
    ids: Ids = {}
    for facts in sorted(rows, key=lambda row: (row.name, row.version)):
        row = _row(facts)
        key = {name: row[name] for name in _KEY}
        _require_same_definition(connection, key, row)
        put(connection, tables.Workload, _KEY, [row])
        ids[facts.name, facts.version] = key_of(connection, tables.Workload, key, {})
    return ids


def workload_ids(
    connection: Connection, cases: Iterable[TrainingCase], known: Mapping[tuple[str, int], int]
) -> Ids:
    """Ids of the cases' workloads: as known, else with the newest target; none is an error."""
    ids: Ids = {}
    workload = tables.Workload
    for name, version in sorted({(case.workload, case.workload_version) for case in cases}):
        found = known.get((name, version)) or connection.scalar(
            select(workload.id)
            .where(workload.name == name, workload.version == version)
            .order_by(workload.target_version.desc())
            .limit(1)
        )
        if found is None:
            raise RefusedValueError(
                "The store doesn't know the workload of a slice.",
                got=f"{name!r}, version {version}",
                next_step="describe it with Recorder.workloads before its slices are stored",
            )
        ids[name, version] = int(found)
    return ids


def _row(facts: WorkloadFacts) -> dict[str, Any]:
    what = f"Workload {facts.name!r}"
    require_finite(what, {"chance": facts.chance, "target": facts.target})
    target = (facts.target_metric, facts.target, facts.target_version)
    if len({part is None for part in target}) > 1:
        raise RefusedValueError(
            f"{what} states a part of its target.",
            got="metric {}, value {}, version {}".format(*target),
            allowed="all three, or none",
        )
    row = {name: getattr(facts, name) for name in ("name", "version", *_DEFINITION, *_TEXTS)}
    return {**row, "target_version": facts.target_version or 0}


def _require_same_definition(
    connection: Connection, key: Mapping[str, Any], row: Mapping[str, Any]
) -> None:
    columns = tables.Workload.__table__.c
    wanted = select(*(columns[name] for name in _DEFINITION))
    for name, value in key.items():
        wanted = wanted.where(columns[name] == value)
    stored = connection.execute(wanted).mappings().one_or_none() or row
    differing = [
        f"{name} {row[name]!r} instead of {stored[name]!r}"
        for name in _DEFINITION
        if not _same(stored[name], row[name])
    ]
    if differing:
        raise RefusedValueError(
            f"Version {row['version']} of workload {row['name']!r} is stored with another"
            " definition.",
            got=", ".join(differing),
            next_step="raise its version, or its target's; or use another store",
        )


def _same(stored: object, given: object) -> bool:
    if isinstance(stored, float) and isinstance(given, int | float):
        return math.isclose(stored, given, rel_tol=_ROUNDING)
    return stored == given
