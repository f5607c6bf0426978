"""Schedules: suites with the moments at which they are due. The store's rows are the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import RowMapping

from bench_service.errors import JobError
from bench_service.service import job
from bench_service.service.cron import Cron
from bench_service.service.job import PRIORITY
from bench_service.service.ledger import now
from bench_service.service.naming import check_name
from bench_service.suite import Suite
from db import tables
from db.session import Store
from db.tables.service import MISSED
from db.upsert import put

ONCE = "once"


@dataclass(frozen=True)
class Schedule:
    """A schedule that stands."""

    name: str
    cron: Cron
    route: str
    missed: str
    """``skip``, ``once`` or ``all``: what becomes of moments that passed while nobody looked."""
    document: Mapping[str, Any]
    created_at: datetime
    created_by: str


def document_of(
    suite: Suite, folder: str, *, seed: int | None = None, priority: int = PRIORITY
) -> dict[str, Any]:
    """What the store keeps of a schedule's suite: as of a job's, but the seed may be open."""
    return {**job.document_of(suite, folder, seed), "priority": priority}


class Schedules:
    """Writes and reads the schedules of a store."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = now) -> None:
        self._store = store
        self._clock = clock

    def add(
        self, name: str, cron: Cron, document: Mapping[str, Any], *,
        route: str, created_by: str, missed: str = ONCE,
    ) -> Schedule:  # fmt: skip
        """The schedule, due from now on; JobError where its name can't be one, or stands."""
        check_name(name, "a schedule's name", "choose another one")
        _check_missed(missed)
        schedule = Schedule(name, cron, route, missed, document, self._clock(), created_by)
        row = {
            "name": name, "cron": cron.text, "time_zone": cron.time_zone,
            "document": dict(document), "route": route, "missed": missed,
            "created_at": schedule.created_at, "created_by": created_by, "enabled": True,
            "removed_at": None,
        }  # fmt: skip
        with self._store.transaction() as connection:
            if locked(connection, name) is not None:
                raise JobError(
                    "There is a schedule of that name.",
                    got=name,
                    next_step=f"`bench-service schedule remove {name}` first, or another name",
                )
            put(connection, tables.Schedule, ("name",), [row])
        return schedule

    def remove(self, name: str) -> None:
        """It isn't due any more; what came of it stays. JobError where there is none."""
        table = tables.Schedule
        with self._store.transaction() as connection:
            changed = connection.execute(
                update(table)
                .where(table.name == name, table.removed_at.is_(None))
                .values(removed_at=self._clock())
            )
            if not changed.rowcount:
                raise unknown(name, _names(connection))

    def find(self, name: str) -> Schedule:
        """The schedule of that name; JobError where none stands."""
        with self._store.transaction(reads_only=True) as connection:
            rows = connection.execute(_standing(name)).mappings().all()
            if not rows:
                raise unknown(name, _names(connection))
        return _from_row(rows[0])

    def standing(self) -> list[Schedule]:
        """All that stand, by name."""
        with self._store.transaction(reads_only=True) as connection:
            return [_from_row(row) for row in connection.execute(_standing()).mappings()]


def locked(connection: Connection, name: str) -> Schedule | None:
    """The schedule, which nobody else changes until this transaction ends; None where none is."""
    row = connection.execute(_standing(name).with_for_update()).mappings().one_or_none()
    return None if row is None else _from_row(row)


def unknown(name: str, names: list[str]) -> JobError:
    """The error for a name that no schedule has."""
    return JobError(
        "There is no schedule of that name.",
        got=repr(name),
        allowed=", ".join(names) or "none stands yet",
        next_step="`bench-service schedule list` shows them",
    )


def _names(connection: Connection) -> list[str]:
    return [row.name for row in connection.execute(_standing())]


def _standing(name: str | None = None) -> Any:  # noqa: ANN401  # a Select of the table's columns
    table = tables.Schedule
    wanted = select(*table.__table__.c).where(table.removed_at.is_(None), table.enabled.in_([True]))
    if name is not None:
        wanted = wanted.where(table.name == name)
    return wanted.order_by(table.name)


def _from_row(row: RowMapping) -> Schedule:
    cron = Cron(row["cron"], row["time_zone"])
    return Schedule(
        row["name"], cron, row["route"], row["missed"], row["document"], row["created_at"],
        row["created_by"],
    )  # fmt: skip


def _check_missed(missed: str) -> None:
    if missed not in MISSED:
        raise JobError(
            "There is no such way with moments that were missed.",
            got=f"--missed {missed}",
            allowed="once: the newest alone leads to a job; skip: none older than ten minutes "
            "does; all: each does",
            next_step="choose one of them",
        )
