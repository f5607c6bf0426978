"""Runs: the list of them, and what is known of one."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, Subquery, func, select

from db.queries.find import NEWEST_FIRST, unknown
from db.queries.frame import frame
from db.queries.open_runs import abandoned
from db.session import Store
from db.tables import (
    CiBenchmark,
    Environment,
    Hardware,
    Run,
    Software,
    TimingOutcome,
    TrainingOutcome,
)

RUNS = {
    "uid": "text",
    "label": "text",
    "suite": "text",
    "trigger": "text",
    "status": "text",
    "started_at": "time",
    "finished_at": "time",
    "n_cases": "integer",
    "n_ok": "integer",
    "n_failed": "integer",
    "n_skipped": "integer",
    "n_slices": "integer",
    "n_benchmarks": "integer",
    "hardware_fingerprint": "text",
    "hardware_label": "text",
    "software_fingerprint": "text",
    "torch_version": "text",
}
INTERRUPTED = "interrupted"
_STATUSES = {
    "n_ok": ("ok", "diverged"),  # that a slice diverged is a result
    "n_failed": ("failed", "error", "timeout"),
    "n_skipped": ("skipped",),
}


def runs(
    store: Store, limit: int = 200, *, trigger: str | None = None, hardware: str | None = None
) -> pd.DataFrame:
    """The newest runs, newest first, one row each; optionally of one trigger or one hardware.

    ``uid, label (missing where none), suite, trigger, status`` text; ``started_at, finished_at``
    UTC times, the latter NaT while a run is open; ``n_cases, n_ok, n_failed, n_skipped`` counts
    of timing cases with an outcome, references and the like left out, and of training slices, of
    which one that diverged is ok, and one that timed out failed; ``n_slices`` those of them that
    are training slices; ``n_benchmarks`` those of a test session; ``hardware_fingerprint,
    hardware_label, software_fingerprint, torch_version`` text.

    The status is the stored one, but for an open run whose process has ended without a word: that
    one was interrupted, and ``finished_at`` is missing because nobody noted when.
    """
    chosen = select(Run.id).join(Environment).join(Hardware)
    if trigger is not None:
        chosen = chosen.where(Run.trigger == trigger)
    if hardware is not None:
        chosen = chosen.where(Hardware.fingerprint == hardware)
    newest = chosen.order_by(*NEWEST_FIRST).limit(limit)
    with store.transaction(reads_only=True) as connection:
        rows = connection.execute(_described(newest).order_by(*NEWEST_FIRST)).all()
        found = frame(rows, RUNS)
        found.loc[found["uid"].isin(abandoned(connection, found["uid"])), "status"] = INTERRUPTED
    return found


def _described(ids: Select[int]) -> Select[*tuple[Any, ...]]:
    """The columns ``RUNS`` of these runs."""
    timed = _counted(TimingOutcome, ids, TimingOutcome.role == "case")
    trained = _counted(TrainingOutcome, ids)
    counts = [
        func.coalesce(timed.c[name], 0) + func.coalesce(trained.c[name], 0)
        for name in ("n_cases", *_STATUSES)
    ]
    benchmarks = select(func.count()).where(CiBenchmark.run_id == Run.id).scalar_subquery()
    return (
        select(
            Run.uid,
            Run.label,
            Run.suite,
            Run.trigger,
            Run.status,
            Run.started_at,
            Run.finished_at,
            *counts,
            func.coalesce(trained.c.n_cases, 0),
            benchmarks,
            Hardware.fingerprint,
            Hardware.label,
            Software.fingerprint,
            Software.torch_version,
        )
        .join(Environment, Environment.id == Run.environment_id)
        .join(Hardware, Hardware.id == Environment.hardware_id)
        .join(Software, Software.id == Environment.software_id)
        .join(timed, timed.c.run_id == Run.id, isouter=True)
        .join(trained, trained.c.run_id == Run.id, isouter=True)
        .where(Run.id.in_(ids))
    )


def _counted(
    outcome: type[TimingOutcome | TrainingOutcome], ids: Select[int], *asked: ColumnElement[bool]
) -> Subquery:
    """A row a run: its outcomes, all and by ``_STATUSES``."""
    of_status = [
        func.count().filter(outcome.status.in_(statuses)).label(name)
        for name, statuses in _STATUSES.items()
    ]
    return (
        select(outcome.run_id, func.count().label("n_cases"), *of_status)
        .where(outcome.run_id.in_(ids), *asked)
        .group_by(outcome.run_id)
        .subquery()
    )


def run_header(store: Store, uid: str) -> dict[str, Any]:
    """What is known of a run, beyond what it measured.

    The columns of ``runs``, with None where something is missing and times as datetimes, and
    ``seed, engine_version, n_planned, idempotency_key``, ``environment`` (fingerprint) and
    ``software_label`` (text), ``code, state`` and ``suite_document`` (dicts). UnknownRunError for
    an id that isn't there.
    """
    more = {
        "seed": Run.seed,
        "engine_version": Run.engine_version,
        "n_planned": Run.n_planned,
        "idempotency_key": Run.idempotency_key,
        "environment": Environment.fingerprint,
        "software_label": Software.label,
        "code": Run.code,
        "state": Run.state,
        "suite_document": Run.suite_document,
    }
    asked = _described(select(Run.id).where(Run.uid == uid))
    with store.transaction(reads_only=True) as connection:
        row = connection.execute(asked.add_columns(*more.values())).one_or_none()
        if row is None:
            unknown(connection, uid, [])
        header = dict(zip((*RUNS, *more), row or (), strict=True))
        if abandoned(connection, [uid]):
            header["status"] = INTERRUPTED
    return header


def environment(store: Store, uid: str) -> dict[str, dict[str, Any]]:
    """``hardware`` and ``software``: the facts of a run's environment, each a dict."""
    statement = (
        select(Hardware.facts, Software.facts)
        .select_from(Run)
        .join(Environment, Environment.id == Run.environment_id)
        .join(Hardware, Hardware.id == Environment.hardware_id)
        .join(Software, Software.id == Environment.software_id)
        .where(Run.uid == uid)
    )
    with store.transaction(reads_only=True) as connection:
        row = connection.execute(statement).one_or_none()
        if row is None:
            unknown(connection, uid, [])
    hardware, software = row or ({}, {})
    return {"hardware": hardware, "software": software}
