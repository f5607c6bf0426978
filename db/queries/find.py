"""The run that a reference means."""

from __future__ import annotations

from sqlalchemy import Connection, func, or_, select

from db.errors import UnknownRunError
from db.session import Store
from db.tables import Run, TimingOutcome, TimingPart, TrainingOutcome

NEWEST_FIRST = (Run.started_at.desc(), Run.id.desc())
_SHOWN = 8  # candidates in an error message


def find_run(store: Store, reference: str) -> str:
    """The id of the run that a reference means.

    An id; a label (the newest run that carries it); the beginning of one id alone; or ``latest``,
    the newest run with results of timing or training. Runs that came from CI go by their id or its
    beginning only. UnknownRunError lists the candidates where none or several fit.
    """
    known = select(Run.uid).order_by(*NEWEST_FIRST)
    by_name = known.where(Run.trigger != "ci")
    has_results = or_(
        *(
            select(table.id).where(table.run_id == Run.id).exists()
            for table in (TimingPart, TimingOutcome, TrainingOutcome)
        )
    )
    with store.transaction(reads_only=True) as connection:
        if reference == "latest":
            found = connection.scalar(by_name.where(has_results).limit(1))
            return found or unknown(connection, reference, [])
        for exact in (known.where(Run.uid == reference), by_name.where(Run.label == reference)):
            found = connection.scalar(exact.limit(1))
            if found is not None:
                return found
        begins = func.substr(Run.uid, 1, len(reference)) == reference
        candidates = connection.scalars(known.where(begins).limit(_SHOWN + 1)).all()
        if reference and len(candidates) == 1:
            return candidates[0]
        return unknown(connection, reference, list(candidates) if reference else [])


def unknown(connection: Connection, reference: str, candidates: list[str]) -> str:
    """Nothing: UnknownRunError, with the runs that there are."""
    if candidates:
        raise UnknownRunError(
            "Several runs' ids begin like that.",
            got=reference,
            allowed=", ".join(candidates[:_SHOWN]) + (", ..." if candidates[_SHOWN:] else ""),
            next_step="give more letters",
        )
    newest = select(Run.uid, Run.label).order_by(*NEWEST_FIRST)
    known = connection.execute(newest.limit(_SHOWN)).all()
    raise UnknownRunError(
        "There is no run with results yet." if reference == "latest" else "There is no such run.",
        got=reference,
        allowed=", ".join(f"{uid} ({label})" if label else uid for uid, label in known)
        or "the store holds no runs",
        next_step="`bench-service runs` lists them; `bench-service run` makes one",
    )
