"""The run or the job that a reference means."""

from __future__ import annotations

from sqlalchemy import Connection, Select, func, or_, select

from db.errors import UnknownJobError, UnknownRunError
from db.session import Store
from db.tables import Job, Run, TimingOutcome, TimingPart, TrainingOutcome

NEWEST_FIRST = (Run.started_at.desc(), Run.id.desc())
NEWEST_JOB_FIRST = (Job.submitted_at.desc(), Job.id.desc())
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
        candidates = _candidates(
            connection, Run, known, by_name.where(Run.label == reference), reference
        )
        return candidates[0] if len(candidates) == 1 else unknown(connection, reference, candidates)


def find_job(store: Store, reference: str) -> str:
    """The id of the job that a reference means.

    An id; a label (the newest job that carries it); the beginning of one id alone; or ``latest``,
    the newest job. UnknownJobError lists the candidates where none or several fit.
    """
    known = select(Job.uid).order_by(*NEWEST_JOB_FIRST)
    with store.transaction(reads_only=True) as connection:
        if reference == "latest":
            found = connection.scalar(known.limit(1))
            return found or _unknown_job(connection, reference, [])
        candidates = _candidates(
            connection, Job, known, known.where(Job.label == reference), reference
        )
        if len(candidates) == 1:
            return candidates[0]
        return _unknown_job(connection, reference, candidates)


def _candidates(
    connection: Connection,
    table: type[Run | Job],
    known: Select[str],
    labelled: Select[str],
    reference: str,
) -> list[str]:
    """The id that the reference means, or all, up to a bound, that begin like it."""
    for exact in (known.where(table.uid == reference), labelled):
        found = connection.scalar(exact.limit(1))
        if found is not None:
            return [found]
    if not reference:
        return []
    begins = func.substr(table.uid, 1, len(reference)) == reference
    return list(connection.scalars(known.where(begins).limit(_SHOWN + 1)))


def unknown(connection: Connection, reference: str, candidates: list[str]) -> str:
    """Nothing: UnknownRunError, with the runs that there are."""
    if candidates:
        raise UnknownRunError(
            "Several runs' ids begin like that.",
            got=reference,
            allowed=_listed(candidates),
            next_step="give more letters",
        )
    newest = select(Run.uid, Run.label).order_by(*NEWEST_FIRST)
    raise UnknownRunError(
        "There is no run with results yet." if reference == "latest" else "There is no such run.",
        got=reference,
        allowed=_newest(connection, newest) or "the store holds no runs",
        next_step="`bench-service runs` lists them; `bench-service run` makes one",
    )


def _unknown_job(connection: Connection, reference: str, candidates: list[str]) -> str:
    """Nothing: UnknownJobError, with the jobs that there are."""
    if candidates:
        raise UnknownJobError(
            "Several jobs' ids begin like that.",
            got=reference,
            allowed=_listed(candidates),
            next_step="give more letters",
        )
    newest = select(Job.uid, Job.label).order_by(*NEWEST_JOB_FIRST)
    raise UnknownJobError(
        "There is no job yet." if reference == "latest" else "There is no such job.",
        got=reference,
        allowed=_newest(connection, newest) or "the store holds no jobs",
        next_step="`bench-service jobs` lists them; `bench-service submit` makes one",
    )


def _listed(candidates: list[str]) -> str:
    return ", ".join(candidates[:_SHOWN]) + (", ..." if candidates[_SHOWN:] else "")


def _newest(connection: Connection, known: Select[str, str | None]) -> str:
    rows = connection.execute(known.limit(_SHOWN)).all()
    return ", ".join(f"{uid} ({label})" if label else uid for uid, label in rows)
