"""Training of one run: what became of every slice, its workloads, and its curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Select, func, select

from db.queries.frame import bounded, frame
from db.session import Store
from db.tables import Activation, Run, TrainingCase, TrainingCurve, TrainingOutcome, Workload

SLICES = {
    "case": "text",
    "workload": "text",
    "workload_version": "integer",
    "activation": "text",
    "params": "object",
    "backend": "text",
    "init": "text",
    "optimizer": "text",
    "lr": "number",
    "lr_role": "text",
    "seed": "integer",
    "status": "text",
    "reason": "text",
    "steps": "integer",
    "best_step": "integer?",
    "val_loss": "number",
    "val_accuracy": "number",
    "test_loss": "number",
    "test_accuracy": "number",
    "steps_to_target": "integer?",
    "grad_dead": "number",
    "zero_dead": "number",
    "off_pinned": "number",
    "sparsity": "number",
    "activation_version": "integer?",
    "metric": "text",
    "better": "text",
    "chance": "number",
    "target_metric": "text",
    "target": "number",
    "target_version": "integer?",
    "n_steps": "integer",
    "facts": "object",
}
SLICE = {
    "case": "text",
    "activation": "text",
    "params": "object",
    "init": "text",
    "optimizer": "text",
    "lr": "number",
    "lr_role": "text",
    "seed": "integer",
    "status": "text",
}
"""Which slice a curve or a mask is of."""
CURVES = {
    **SLICE,
    "split": "text",
    "metric": "text",
    "steps": "object",
    "values": "object",
}
WORKLOADS = {
    "name": "text",
    "version": "integer",
    "description": "text",
    "source": "text",
    "metric": "text",
    "better": "text",
    "chance": "number",
    "target_metric": "text",
    "target": "number",
    "target_version": "integer?",
    "n_steps": "integer",
    "batch_size": "integer",
    "facts": "object",
}


def training_slices(
    store: Store, uid: str, *, workload: str | None = None, limit: int = 200_000
) -> pd.DataFrame:
    """What became of every slice of a run, one row each, in the order of storing.

    ``case`` (fingerprint), ``workload`` text, ``workload_version`` int64, ``activation`` text,
    ``params`` dicts, ``backend, init, optimizer`` text, ``lr`` float64, ``lr_role`` text, ``seed``
    int64, ``status, reason`` text, ``steps`` int64, ``best_step`` Int64, ``val_loss,
    val_accuracy, test_loss, test_accuracy`` float64, NaN where a slice has no such number
    (diverged, timed out or failed, or no accuracy), ``steps_to_target`` Int64, missing where the
    target wasn't reached (censored at ``n_steps``), ``grad_dead, zero_dead, off_pinned, sparsity``
    float64, ``activation_version`` Int64, ``facts`` dicts. Of its workload: ``metric, better``
    text, ``chance`` float64, ``target_metric`` text, ``target`` float64, ``target_version`` Int64,
    ``n_steps`` int64 (the budget). A slice not trained has no row. Optionally of one workload.
    TooManyRowsError beyond ``limit``.
    """
    case, outcome = TrainingCase, TrainingOutcome
    stored = {
        "case": case.fingerprint,
        "params": case.parameters,
        "activation_version": Activation.version,
        "target_version": func.nullif(Workload.target_version, 0),
    }
    statement = (
        of_run(select(*_columns(SLICES, stored, outcome, case, Workload)), uid, workload)
        .join(Workload, Workload.id == outcome.workload_id)
        .join(Activation, Activation.id == outcome.activation_id, isouter=True)
        .order_by(outcome.id)
    )
    with store.transaction(reads_only=True) as connection:
        return frame(bounded(connection, statement, limit), SLICES)


def training_curves(
    store: Store,
    uid: str,
    *,
    workload: str,
    activations: Sequence[str] | None = None,
    lr_roles: Sequence[str] | None = None,
    metric: str | None = None,
    limit: int = 200_000,
) -> pd.DataFrame:
    """Metrics of a workload's slices over steps, one row a slice, split and metric.

    ``case`` (fingerprint), ``activation`` text, ``params`` dicts, ``init, optimizer`` text, ``lr``
    float64, ``lr_role`` text, ``seed`` int64, ``status, split, metric`` text, ``steps`` int64 and
    ``values`` float64 arrays of one length, read-only; NaN where the slice had diverged.
    Optionally of some activations, learning-rate roles or one metric alone.
    TooManyRowsError beyond ``limit``.
    """
    curve = TrainingCurve
    columns = (*slice_columns(), curve.split, curve.metric, curve.steps, curve.metric_values)
    statement = (
        of_run(select(*columns), uid, workload, activations=activations, lr_roles=lr_roles)
        .join(curve, curve.outcome_id == TrainingOutcome.id)
        .order_by(curve.id)
    )
    if metric is not None:
        statement = statement.where(curve.metric == metric)
    with store.transaction(reads_only=True) as connection:
        return frame(bounded(connection, statement, limit), CURVES)


def workloads(store: Store, uid: str, *, limit: int = 1_000) -> pd.DataFrame:
    """The workloads that a run has slices of, as they were defined then, one row each, by name.

    ``name`` text, ``version`` int64, ``description, source, metric, better`` text, ``chance``
    float64 (NaN where it isn't known), ``target_metric`` text, ``target`` float64,
    ``target_version`` Int64, these three missing where there is no target, ``n_steps, batch_size``
    int64, ``facts`` dicts. TooManyRowsError beyond ``limit``.
    """
    used = (
        select(TrainingOutcome.workload_id)
        .join(Run, Run.id == TrainingOutcome.run_id)
        .where(Run.uid == uid)
    )
    stored = {"target_version": func.nullif(Workload.target_version, 0)}
    statement = (
        select(*_columns(WORKLOADS, stored, Workload))
        .where(Workload.id.in_(used))
        .order_by(Workload.name, Workload.version, Workload.target_version)
    )
    with store.transaction(reads_only=True) as connection:
        return frame(bounded(connection, statement, limit), WORKLOADS)


def slice_columns() -> list[Any]:
    """The columns ``SLICE``."""
    stored = {"case": TrainingCase.fingerprint, "params": TrainingCase.parameters}
    return _columns(SLICE, stored, TrainingOutcome, TrainingCase)


def of_run(
    statement: Select[Any],
    uid: str,
    workload: str | None,
    *,
    activations: Sequence[str] | None = None,
    lr_roles: Sequence[str] | None = None,
) -> Select[Any]:
    """The statement over the slices of a run, of those asked for."""
    case, outcome = TrainingCase, TrainingOutcome
    joined = (
        statement.select_from(outcome)
        .join(Run, Run.id == outcome.run_id)
        .join(case, case.id == outcome.case_id)
        .where(Run.uid == uid)
    )
    if workload is not None:
        joined = joined.where(case.workload == workload)
    return among(joined, (case.activation, activations), (case.lr_role, lr_roles))


def among(statement: Select[Any], *asked: tuple[Any, Sequence[str] | None]) -> Select[Any]:
    """The statement over rows whose columns hold what was asked for; None asks for all."""
    for column, values in asked:
        if values is not None:
            statement = statement.where(column.in_(list(values)))
    return statement


def _columns(names: dict[str, str], stored: dict[str, Any], *tables: type[Any]) -> list[Any]:
    """A column each: as stored under another name, else of the first table that has it."""

    def found(name: str) -> Any:  # noqa: ANN401
        return next(getattr(table, name) for table in tables if hasattr(table, name))

    return [stored[name] if name in stored else found(name) for name in names]
