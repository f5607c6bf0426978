"""Rows of training: slices, and the curves and masks that hang off them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from bench_service.training.result import SliceOutcome, TrainingCase
from db import tables
from db.upsert import ids_by_fingerprint, insert_into

_CASE = ("workload", "workload_version", "activation", "backend", "init", "optimizer", "lr",
         "lr_role", "seed")  # fmt: skip
_OUTCOME = ("status", "reason", "steps", "best_step", "val_loss", "val_accuracy", "test_loss",
            "test_accuracy", "steps_to_target", "grad_dead", "zero_dead", "off_pinned", "sparsity",
            "facts")  # fmt: skip


_SERIES: tuple[tuple[type[tables.Base], str, tuple[str, ...]], ...] = (
    (tables.TrainingCurve, "curves", ("split", "metric", "steps", "values")),
    (tables.NeuronCurve, "neurons", ("layer", "metric", "n_units", "n_probe", "steps", "values")),
    (tables.NeuronMask, "masks", ("layer", "metric", "n_units", "steps", "bits")),
)
_COLUMNS = {"values": "metric_values"}  # where a column is called otherwise than its value


def put_slices(
    connection: Connection,
    run_id: int,
    outcomes: Sequence[SliceOutcome],
    workloads: Mapping[tuple[str, int], int],
    activations: Mapping[str, int | None],
) -> int:
    """How many slices are new and now stored, with their curves; known ones stay as they are."""
    by_print: dict[str, SliceOutcome] = {}
    for outcome in outcomes:
        by_print.setdefault(outcome.case.fingerprint, outcome)
    cases = {print_: _case_row(outcome.case) for print_, outcome in by_print.items()}
    case_ids = ids_by_fingerprint(connection, tables.TrainingCase, cases)
    by_case = {case_ids[print_]: outcome for print_, outcome in by_print.items()}
    rows = [
        {"run_id": run_id, "case_id": case_id, **_outcome_row(outcome, workloads, activations)}
        for case_id, outcome in by_case.items()
    ]
    if not rows:
        return 0
    table = tables.TrainingOutcome
    statement = insert_into(connection, table).on_conflict_do_nothing()
    added = connection.execute(statement.returning(table.id, table.case_id), rows).all()
    _put_series(connection, {id_: by_case[case_id] for id_, case_id in added})
    return len(added)


def slice_statuses(connection: Connection, run_id: int) -> dict[str, str]:
    """The status of every stored slice of a run, by the fingerprint of its case."""
    case, outcome = tables.TrainingCase, tables.TrainingOutcome
    rows = connection.execute(
        select(case.fingerprint, outcome.status)
        .join(case, case.id == outcome.case_id)
        .where(outcome.run_id == run_id)
    )
    return {row.fingerprint: row.status for row in rows}


def _case_row(case: TrainingCase) -> dict[str, Any]:
    return {**_picked(case, _CASE), "parameters": dict(case.parameters)}


def _outcome_row(
    outcome: SliceOutcome,
    workloads: Mapping[tuple[str, int], int],
    activations: Mapping[str, int | None],
) -> dict[str, Any]:
    case = outcome.case
    return {
        "workload_id": workloads[case.workload, case.workload_version],
        "activation_id": activations[case.activation],
        **_picked(outcome, _OUTCOME),
    }


def _put_series(connection: Connection, outcomes: Mapping[int, SliceOutcome]) -> None:
    """Store curves and masks of outcomes, by id of the outcome."""
    for table, series, names in _SERIES:
        rows = [
            {"outcome_id": id_, **_picked(one, names)}
            for id_, outcome in outcomes.items()
            for one in getattr(outcome, series)
        ]
        if rows:
            connection.execute(insert(table), rows)


def _picked(value: object, names: Iterable[str]) -> dict[str, Any]:
    return {_COLUMNS.get(name, name): getattr(value, name) for name in names}
