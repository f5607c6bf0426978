"""Runs: the list of them, the one that a reference means, and what is known of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, func, select

from db.errors import UnknownRunError
from db.queries.frame import frame
from db.session import Store
from db.tables import Environment, Hardware, Run, Software, TimingOutcome, TimingPart

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
    "hardware_fingerprint": "text",
    "hardware_label": "text",
    "software_fingerprint": "text",
    "torch_version": "text",
}
_NEWEST_FIRST = (Run.started_at.desc(), Run.id.desc())
_SHOWN = 8  # candidates in an error message


def runs(
    store: Store, limit: int = 200, *, trigger: str | None = None, hardware: str | None = None
) -> pd.DataFrame:
    """The newest runs, newest first, one row each; optionally of one trigger or one hardware.

    ``uid, label (missing where none), suite, trigger, status`` text; ``started_at, finished_at``
    UTC times, the latter NaT while a run is open; ``n_cases, n_ok, n_failed, n_skipped`` counts
    of timing cases with an outcome, references and the like left out; ``hardware_fingerprint,
    hardware_label, software_fingerprint, torch_version`` text.
    """
    chosen = select(Run.id).join(Environment).join(Hardware)
    if trigger is not None:
        chosen = chosen.where(Run.trigger == trigger)
    if hardware is not None:
        chosen = chosen.where(Hardware.fingerprint == hardware)
    newest = chosen.order_by(*_NEWEST_FIRST).limit(limit)
    with store.transaction(reads_only=True) as connection:
        rows = connection.execute(_described(newest).order_by(*_NEWEST_FIRST)).all()
    return frame(rows, RUNS)


def _described(ids: Select[int]) -> Select[*tuple[Any, ...]]:
    """The columns ``RUNS`` of these runs."""
    outcome = TimingOutcome
    of_status = [
        func.count().filter(outcome.status == status) for status in ("ok", "failed", "skipped")
    ]
    counted = (
        select(outcome.run_id, func.count(), *of_status)
        .where(outcome.run_id.in_(ids), outcome.role == "case")
        .group_by(outcome.run_id)
        .subquery()
    )
    run_id, *counts = counted.c
    return (
        select(
            Run.uid,
            Run.label,
            Run.suite,
            Run.trigger,
            Run.status,
            Run.started_at,
            Run.finished_at,
            *(func.coalesce(count, 0) for count in counts),
            Hardware.fingerprint,
            Hardware.label,
            Software.fingerprint,
            Software.torch_version,
        )
        .join(Environment, Environment.id == Run.environment_id)
        .join(Hardware, Hardware.id == Environment.hardware_id)
        .join(Software, Software.id == Environment.software_id)
        .join(counted, run_id == Run.id, isouter=True)
        .where(Run.id.in_(ids))
    )


def find_run(store: Store, reference: str) -> str:
    """The id of the run that a reference means.

    An id; a label (the newest run that carries it); the beginning of one id alone; or ``latest``,
    the newest run with timing data. Runs that came from CI go by their id or its beginning only.
    UnknownRunError lists the candidates where none or several fit.
    """
    known = select(Run.uid).order_by(*_NEWEST_FIRST)
    by_name = known.where(Run.trigger != "ci")
    has_timing = (
        select(TimingPart.id).where(TimingPart.run_id == Run.id).exists()
        | select(TimingOutcome.id).where(TimingOutcome.run_id == Run.id).exists()
    )
    with store.transaction(reads_only=True) as connection:
        if reference == "latest":
            found = connection.scalar(by_name.where(has_timing).limit(1))
            return found or _unknown(connection, reference, [])
        for exact in (known.where(Run.uid == reference), by_name.where(Run.label == reference)):
            found = connection.scalar(exact.limit(1))
            if found is not None:
                return found
        begins = func.substr(Run.uid, 1, len(reference)) == reference
        candidates = connection.scalars(known.where(begins).limit(_SHOWN + 1)).all()
        if reference and len(candidates) == 1:
            return candidates[0]
        return _unknown(connection, reference, list(candidates) if reference else [])


def _unknown(connection: Connection, reference: str, candidates: list[str]) -> str:
    if candidates:
        raise UnknownRunError(
            "Several runs' ids begin like that.",
            got=reference,
            allowed=", ".join(candidates[:_SHOWN]) + (", ..." if candidates[_SHOWN:] else ""),
            next_step="give more letters",
        )
    newest = select(Run.uid, Run.label).order_by(*_NEWEST_FIRST)
    known = connection.execute(newest.limit(_SHOWN)).all()
    raise UnknownRunError(
        "There is no timing run yet." if reference == "latest" else "There is no such run.",
        got=reference,
        allowed=", ".join(f"{uid} ({label})" if label else uid for uid, label in known)
        or "the store holds no runs",
        next_step="`bench-service runs` lists them; `bench-service run` makes one",
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
            _unknown(connection, uid, [])
    return dict(zip((*RUNS, *more), row or (), strict=True))


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
            _unknown(connection, uid, [])
    hardware, software = row or ({}, {})
    return {"hardware": hardware, "software": software}
