"""The one writer of the store: one transaction per hand-over.

A hand-over is stored whole or not at all, and storing it twice changes nothing. A run that was
closed is never changed; only a run that isn't done can be reopened, to measure what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from bench_service.record.runs import (
    environment_id,
    find_run,
    open_run,
    put_quantities,
    reopened_state,
    run_row,
)
from bench_service.record.sound_slices import require_sound_slice
from bench_service.record.timings import (
    block_row,
    case_ids,
    outcome_row,
    part_row,
    require_sound,
)
from bench_service.record.training import put_slices, slice_statuses
from bench_service.record.values import ActivationFacts, CiBenchmark, RecordedChild, RunHeader
from bench_service.record.workloads import Ids, put_workloads, workload_ids
from bench_service.result import CaseOutcome, ChildResult, Role, RunStatus, TimingCase
from bench_service.training.result import SliceOutcome, WorkloadFacts
from db import tables
from db.errors import ClosedRunError, ReadOnlyStoreError, RefusedValueError, StoreError
from db.session import Store
from db.uid import new_uid
from db.upsert import insert_into, key_of, put

_SOMEBODY_ELSES = -1
_ATTEMPTS = 20  # at an id that no run has yet: a million are drawn from for every second


class Recorder:
    """Writes runs into a store."""

    def __init__(self, store: Store) -> None:
        if store.read_only:
            raise ReadOnlyStoreError("The store was opened for reading.", got=str(store.location))
        self._store = store
        self._activation_ids: dict[str, int] = {}
        self._case_ids: dict[str, int] = {}
        self._workload_ids: Ids = {}
        self._epochs: dict[str, int] = {}

    def begin_run(self, header: RunHeader) -> str:
        """The id of a new open run; RefusedValueError for a label that means something else.

        Where there is one of that idempotency key, it is the id of that: somebody else's until
        ``reopen_run``. ``owns`` tells.
        """
        if header.label == "latest":
            raise RefusedValueError(
                "A run can't be labelled 'latest': that means the newest run.", got="latest"
            )
        started_at = header.started_at or datetime.now(UTC)
        with self._store.transaction() as connection:
            put_quantities(connection)
            row = run_row(header, started_at, environment_id(connection, header))
            unless_taken = insert_into(connection, tables.Run).on_conflict_do_nothing()
            added = unless_taken.returning(tables.Run.uid)
            for _ in range(_ATTEMPTS):
                if header.idempotency_key is not None:
                    same = tables.Run.idempotency_key == header.idempotency_key
                    known = connection.scalar(select(tables.Run.uid).where(same))
                    if known is not None:
                        self._epochs.setdefault(known, _SOMEBODY_ELSES)
                        return str(known)
                uid = connection.scalar(added, {**row, "uid": new_uid(started_at)})
                if uid is not None:
                    self._epochs[uid] = 0
                    return str(uid)
        raise StoreError("No id is left for a run that begins in this second.")

    def owns(self, uid: str) -> bool:
        """Whether this recorder began a run or took it up."""
        return self._epochs.get(uid, _SOMEBODY_ELSES) != _SOMEBODY_ELSES

    def activations(self, rows: Iterable[ActivationFacts]) -> None:
        """Store what the catalogue says; outcomes recorded after point to these versions."""
        facts = {row.name: row for row in rows}
        unique = ("name", "parameters", "version")
        names = (*unique, "family", "shape_class", "formula", "latex", "source")
        ids = {}
        with self._store.transaction() as connection:
            values = [{name: getattr(row, name) for name in names} for row in facts.values()]
            put(connection, tables.Activation, unique, values)
            for row in facts.values():
                key = {name: getattr(row, name) for name in unique}
                ids[row.name] = key_of(connection, tables.Activation, key, {})
        self._activation_ids |= ids

    def outcome(self, uid: str, outcome: CaseOutcome) -> None:
        """Store what became of a case; the newest word on a case of an open run holds."""
        self.outcomes(uid, [outcome])

    def outcomes(self, uid: str, outcomes: Sequence[CaseOutcome]) -> None:
        """Store what became of many cases, all or none."""
        with self._store.transaction() as connection:
            run_id = self._open_run(connection, uid)
            ids = case_ids(connection, [outcome.case for outcome in outcomes])
            rows = [
                outcome_row(
                    run_id,
                    outcome,
                    ids[outcome.case.fingerprint],
                    self._activation_id(connection, outcome),
                )
                for outcome in outcomes
            ]
            put(connection, tables.TimingOutcome, ("run_id", "case_id", "role"), rows)

    def child(self, uid: str, child: ChildResult, cases: Mapping[str, TimingCase]) -> bool:
        """True where this part is new and now stored; False where it was stored before.

        ``cases`` maps labels to cases: every entry with the role ``case`` needs one, others may
        have one.
        """
        require_sound(child, cases)
        with self._store.transaction() as connection:
            run_id = self._open_run(connection, uid)
            statement = insert_into(connection, tables.TimingPart).on_conflict_do_nothing()
            part_id = connection.scalar(
                statement.returning(tables.TimingPart.id), part_row(run_id, child)
            )
            if part_id is None:
                return False
            used = {
                block.label: cases[block.label] for block in child.blocks if block.label in cases
            }
            unknown = [case for case in used.values() if case.fingerprint not in self._case_ids]
            ids = self._case_ids | (case_ids(connection, unknown) if unknown else {})
            own = {label: ids[case.fingerprint] for label, case in used.items()}
            rows = [block_row(part_id, block, own.get(block.label)) for block in child.blocks]
            if rows:
                connection.execute(insert(tables.TimingBlock), rows)
        self._case_ids = ids  # only now are they sure to be in the store
        return True

    def workloads(self, rows: Iterable[WorkloadFacts]) -> None:
        """Store what workloads are; slices recorded after point to these definitions.

        RefusedValueError where one of that version is stored with another definition.
        """
        with self._store.transaction() as connection:
            ids = put_workloads(connection, rows)
        self._workload_ids |= ids

    def slices(self, uid: str, outcomes: Sequence[SliceOutcome]) -> int:
        """How many slices are new; they are stored with their curves and masks, all or none.

        A slice of the run that was stored before stays as it is. RefusedValueError for a workload
        that nobody described, and for what ``require_sound_slice`` refuses.
        """
        for outcome in outcomes:
            require_sound_slice(outcome)
        with self._store.transaction() as connection:
            run_id = self._open_run(connection, uid)
            cases = [outcome.case for outcome in outcomes]
            workloads = workload_ids(connection, cases, self._workload_ids)
            names = sorted({case.activation for case in cases})
            activations = {name: self._newest_activation(connection, name) for name in names}
            return put_slices(connection, run_id, outcomes, workloads, activations)

    def recorded_slices(self, uid: str) -> dict[str, str]:
        """The status of every slice that is stored, by the fingerprint of its case."""
        with self._store.transaction(reads_only=True) as connection:
            run_id, _ = find_run(connection, uid)
            return slice_statuses(connection, run_id)

    def ci_benchmarks(self, uid: str, rows: Sequence[CiBenchmark]) -> None:
        """Store benchmarks of a test session, all or none."""
        with self._store.transaction() as connection:
            run_id = self._open_run(connection, uid)
            values = [{"run_id": run_id, **vars(row)} for row in rows]
            put(connection, tables.CiBenchmark, ("run_id", "fullname"), values)

    def close_run(
        self, uid: str, status: RunStatus | str, *, finished_at: datetime | None = None
    ) -> None:
        """End a run; ClosedRunError where it has ended already, or is another's by now."""
        if status == RunStatus.RUNNING:
            raise RefusedValueError("A run doesn't end as running.", allowed="done, partial, ...")
        values = {"status": str(status), "finished_at": finished_at or datetime.now(UTC)}
        with self._store.transaction() as connection:
            run_id = self._open_run(connection, uid)
            connection.execute(update(tables.Run).where(tables.Run.id == run_id).values(values))

    def reopen_run(self, uid: str, state: Mapping[str, Any] | None = None) -> None:
        """Open a run again to measure what is missing; ClosedRunError where nothing is.

        Whoever wrote it before can't any more. Of ``state``, an environment's, the run takes over
        which process measures it now.
        """
        with self._store.transaction() as connection:
            run_id, status = find_run(connection, uid)
            if status == RunStatus.DONE:
                raise ClosedRunError("The run is done: nothing of it is missing.", got=uid)
            values = {
                "status": str(RunStatus.RUNNING),
                "finished_at": None,
                "state": reopened_state(connection, run_id, state or {}),
                "epoch": tables.Run.epoch + 1,
            }
            taken = update(tables.Run).where(tables.Run.id == run_id).values(values)
            epoch = connection.execute(taken.returning(tables.Run.epoch)).scalar_one()
        self._epochs[uid] = epoch

    def recorded_outcomes(self, uid: str) -> dict[tuple[str, str], str]:
        """The status of every case that has one, by (fingerprint of the case, role)."""
        outcome = tables.TimingOutcome
        with self._store.transaction(reads_only=True) as connection:
            run_id, _ = find_run(connection, uid)
            rows = connection.execute(
                select(tables.TimingCase.fingerprint, outcome.role, outcome.status)
                .join(tables.TimingCase, tables.TimingCase.id == outcome.case_id)
                .where(outcome.run_id == run_id)
            )
            return {(case, role): status for case, role, status in rows}

    def recorded_children(self, uid: str) -> dict[str, dict[int, RecordedChild]]:
        """What is stored of every child, by the group's fingerprint and the child's number."""
        part = tables.TimingPart
        found: dict[str, dict[int, RecordedChild]] = {}
        with self._store.transaction(reads_only=True) as connection:
            run_id, _ = find_run(connection, uid)
            columns = (part.group_fingerprint, part.process_ix)
            rows = connection.execute(
                select(*columns, func.sum(part.n_rounds), func.count(), func.max(part.is_last))
                .where(part.run_id == run_id)
                .group_by(*columns)
                .order_by(*columns)
            )
            for group, process_ix, n_rounds, n_parts, is_last in rows:
                children = found.setdefault(group, {})
                children[process_ix] = RecordedChild(int(n_rounds), n_parts, bool(is_last))
        return found

    def suite_document(self, uid: str) -> dict[str, Any]:
        """The suite as it was asked for when the run began."""
        with self._store.transaction(reads_only=True) as connection:
            run_id, _ = find_run(connection, uid)
            document = select(tables.Run.suite_document).where(tables.Run.id == run_id)
            return dict(connection.execute(document).scalar_one())

    def _open_run(self, connection: Connection, uid: str) -> int:
        return open_run(connection, uid, self._epochs.get(uid))

    def _activation_id(self, connection: Connection, outcome: CaseOutcome) -> int | None:
        if outcome.role in (Role.COPY, Role.FLOOR):
            return None
        return self._newest_activation(connection, outcome.case.activation)

    def _newest_activation(self, connection: Connection, name: str) -> int | None:
        if name in self._activation_ids:
            return self._activation_ids[name]
        newest = (
            select(tables.Activation.id)
            .where(tables.Activation.name == name)
            .order_by(tables.Activation.version.desc(), tables.Activation.id.desc())
        )
        return connection.scalar(newest.limit(1))
