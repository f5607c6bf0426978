"""Rows of a run: the run itself, its environment, and whether it may still be written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from bench_service.quantities import QUANTITIES
from bench_service.record.values import RunHeader
from bench_service.result import RunStatus, fingerprint
from db import tables
from db.errors import ClosedRunError, UnknownRunError
from db.liveness import PROCESS, PROCESS_SPACE, process_space
from db.upsert import key_of, put


def find_run(connection: Connection, uid: str) -> tuple[int, str]:
    """Id and status of a run; UnknownRunError where there is none."""
    wanted = select(tables.Run.id, tables.Run.status).where(tables.Run.uid == uid)
    found = connection.execute(wanted).one_or_none()
    if found is None:
        raise UnknownRunError("There is no run with that id.", got=uid)
    return found[0], found[1]


def open_run(connection: Connection, uid: str, epoch: int | None) -> int:
    """Id of a run that hasn't ended, which on a server stays so until the transaction ends.

    ClosedRunError where it has ended, or was taken up again since ``epoch``: a process that was cut
    off or suspended for long must not write among what another one measures. None is no epoch.
    """
    table = tables.Run
    wanted = select(table.id, table.status, table.epoch).where(table.uid == uid)
    found = connection.execute(wanted.with_for_update(read=True)).one_or_none()
    if found is None:
        raise UnknownRunError("There is no run with that id.", got=uid)
    if found.status != RunStatus.RUNNING:
        raise ClosedRunError(
            "The run has ended, and what has ended isn't changed.",
            got=f"{uid}: {found.status}",
            next_step="measure again as a new run",
        )
    if epoch not in (None, found.epoch):
        raise ClosedRunError(
            "Another process has the run by now.",
            got=uid,
            next_step=f"`bench-service show {uid}` shows how far it is",
        )
    return int(found.id)


def reopened_state(connection: Connection, run_id: int, state: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a run that is taken up again: as it began, but for who measures it."""
    before = connection.execute(
        select(tables.Run.state).where(tables.Run.id == run_id)
    ).scalar_one()
    who = {name: state[name] for name in PROCESS if name in state}
    return {**placed(before | who), "reopened_at": datetime.now(UTC).isoformat()}


def placed(state: Mapping[str, Any]) -> dict[str, Any]:
    """A run's state, with whose process ids its own is one of where it names a process at all.

    That is the one that writes this.
    """
    return {**state, PROCESS_SPACE: process_space()} if "pid" in state else {**state}


def put_quantities(connection: Connection) -> None:
    """Store names, units and directions of all quantities."""
    rows = [
        {"symbol": q.symbol, "long_name": q.long_name, "unit": q.unit, "better": q.better}
        for q in QUANTITIES.values()
    ]
    put(connection, tables.Quantity, ("symbol",), rows)


def environment_id(connection: Connection, header: RunHeader) -> int:
    """Id of the run's environment; a new one is added."""
    hardware = header.hardware_fingerprint or fingerprint(header.hardware)
    software = header.software_fingerprint or fingerprint(header.software)
    hardware_id = key_of(
        connection,
        tables.Hardware,
        {"fingerprint": hardware},
        {"label": header.hardware_label, "facts": header.hardware},
    )
    packages = header.software.get("packages", header.software)
    torch_version = header.torch_version or str(packages.get("torch") or "")
    software_id = key_of(
        connection,
        tables.Software,
        {"fingerprint": software},
        {
            "label": header.software_label,
            "torch_version": torch_version,
            "facts": header.software,
        },
    )
    both = fingerprint({"hardware": hardware, "software": software})
    return key_of(
        connection,
        tables.Environment,
        {"fingerprint": both},
        {"hardware_id": hardware_id, "software_id": software_id},
    )


def run_row(header: RunHeader, started_at: datetime, environment: int) -> dict[str, Any]:
    """A row of run, without its uid."""
    return {
        "label": header.label or None,
        "suite": header.suite,
        "suite_document": header.suite_document,
        "trigger": header.trigger,
        "status": str(RunStatus.RUNNING),
        "started_at": started_at,
        "finished_at": None,
        "environment_id": environment,
        "seed": header.seed,
        "engine_version": header.engine_version,
        "code": header.code,
        "state": placed(header.state),
        "idempotency_key": header.idempotency_key,
        "n_planned": header.n_planned,
    }
