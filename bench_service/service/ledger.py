"""What the store knows of jobs: the rows that workers write, one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from bench_service.errors import JobError
from bench_service.service import job_rows
from bench_service.service.adding import add_job
from bench_service.service.attempt import Attempt, Ended, GivenUp, JobRun, Waiting
from bench_service.service.job import ENDED, PROTOCOL, Job
from bench_service.service.silence import SIGN
from db import tables
from db.session import Store
from db.upsert import insert_into

MAX_LOST = 3
"""A job whose worker was lost so often ends as a failure: it may be what kills them."""
LEFT = "the worker ended without a word"
EVER = datetime(9999, 1, 1, tzinfo=UTC)
_LOG_CHARACTERS = 1 << 16


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class Ledger:
    """Writes jobs and attempts into a store."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = now) -> None:
        self._store = store
        self.clock = clock

    def add(self, job: Job) -> Job:
        """The job with the id that it is known by from here on."""
        with self._store.transaction() as connection:
            return add_job(connection, job)

    def begin_attempt(
        self, uid: str, worker: str, since: datetime | None = None
    ) -> Attempt | GivenUp | None:
        """A new attempt at a job that hasn't ended; None where there is nothing to do.

        One that this worker began after ``since`` is that very attempt: whether the first time was
        stored isn't always known.

        That is also so while another worker is at it that isn't known to have ended: a queue that
        was deleted doesn't remember who has what. An attempt that is open otherwise was lost with
        its worker. With ``MAX_LOST`` of them the job ends as a failure.
        """
        with self._store.transaction() as connection:
            job = job_rows.locked(connection, uid)
            if job is None or job.status in ENDED or job.protocol > PROTOCOL:
                return None
            if job_rows.is_elsewhere(connection, job.id, worker):
                return None
            own = None if since is None else job_rows.begun(connection, job.id, worker, since)
            if own is not None:
                return Attempt(uid, own, worker, job.route, job.document)
            job_rows.end_open_attempts(
                connection, job.id, ended_at=self.clock(), outcome="lost", reason=LEFT
            )
            outcomes = job_rows.outcomes(connection, job.id)
            given_up = self._given_up(connection, job.id, outcomes)
            if given_up is not None:
                return given_up
            number = len(outcomes) + 1
            row = {
                "job_id": job.id, "number": number, "worker": worker,
                "started_at": self.clock(), "reason": "", "log": "",
            }  # fmt: skip
            connection.execute(insert_into(connection, tables.JobAttempt), row)
            job_rows.change(connection, job.id, status="running")
            return Attempt(uid, number, worker, job.route, job.document)

    def end_attempt(self, attempt: Attempt, ended: Ended) -> str:
        """The job's status after this end; '' where another worker has taken the job over.

        Saying it again is saying it once: whether the first time was stored isn't always known.
        """
        with self._store.transaction() as connection:
            job = job_rows.locked(connection, attempt.uid)
            if job is None:
                return ""
            if job.status == "cancelled" and ended.outcome in ("released", "lost"):
                ended = replace(ended, outcome="cancelled")
            lasted = job_rows.end_open_attempts(
                connection, job.id, number=attempt.number, ended_at=self.clock(),
                outcome=ended.outcome, reason=ended.reason, log=ended.log[-_LOG_CHARACTERS:],
                worker_cpu_s=ended.worker_cpu_s,
            )  # fmt: skip
            if not lasted:
                is_said = job_rows.has_ended(
                    connection, job.id, attempt.number, worker=attempt.worker,
                    outcome=ended.outcome, reason=ended.reason,
                )  # fmt: skip
                is_over = job.status in ENDED or job.status == "queued"
                return str(job.status) if is_said and is_over else ""
            run_id = job_rows.run_id(connection, attempt.uid, ended.run)
            if run_id is not None:
                job_rows.change(connection, job.id, run_id=run_id)
            if job.status in ENDED:
                return str(job.status)
            if ended.outcome in ENDED:
                self._end_job(connection, job.id, ended.outcome, ended.reason)
                return ended.outcome
            if self._given_up(connection, job.id, job_rows.outcomes(connection, job.id)):
                return "failed"
            job_rows.change(connection, job.id, status="queued")
            return "queued"

    def cancel(self, uid: str, reason: str) -> bool:
        """True where the job hadn't ended; an attempt at it ends when its worker hears of it."""
        with self._store.transaction() as connection:
            job = job_rows.locked(connection, uid)
            if job is None or job.status in ENDED:
                return False
            self._end_job(connection, job.id, "cancelled", reason)
            return True

    def asked(self, uid: str) -> tuple[Mapping[str, Any], str | None]:
        """The document and the label of a job; JobError where there is none."""
        wanted = select(tables.Job.document, tables.Job.label).where(tables.Job.uid == uid)
        with self._store.transaction(reads_only=True) as connection:
            found = connection.execute(wanted).one_or_none()
        if found is None:
            raise JobError("There is no job with that id.", got=uid)
        return found.document, found.label

    def is_wanted(self, attempt: Attempt) -> bool:
        """False once its job is cancelled, or was given to another worker."""
        with self._store.transaction(reads_only=True) as connection:
            found = job_rows.lasting_attempt(connection, attempt.uid, attempt.number)
        return found is not None

    def waiting(self, routes: Sequence[str] = (), limit: int = 1_000) -> list[Waiting]:
        """The oldest jobs that haven't ended, of these routes or of all, which we can read."""
        with self._store.transaction(reads_only=True) as connection:
            return [Waiting(*row) for row in job_rows.open_jobs(connection, routes, limit)]

    def runs_of(self, uid: str) -> list[JobRun]:
        """The runs that were begun for a job, the oldest first."""
        table = tables.Run
        with self._store.transaction(reads_only=True) as connection:
            is_of_it = job_rows.is_run_of(connection, uid)
            wanted = select(table.uid, table.status, table.idempotency_key).where(is_of_it)
            rows = connection.execute(wanted.order_by(table.id))
            return [JobRun(row.uid, row.status, str(row.idempotency_key)) for row in rows]

    def bury(self, worker: Mapping[str, Any]) -> list[tuple[str, GivenUp | None]] | None:
        """The jobs that a worker was at that has died, by its row; they wait again.

        But for those that had ended otherwise, and those that too many were lost with. None, and
        nothing changes, where it gave a sign since, or began anew.
        """
        table = tables.Worker
        as_seen = [getattr(table, name) == worker[name] for name in ("identity", *SIGN)]
        noted = {"stopped_at": self.clock(), "job_uid": None, "progress": None}
        with self._store.transaction() as connection:
            buried = update(table).where(*as_seen, table.stopped_at.is_(None)).values(**noted)
            if not connection.execute(buried).rowcount:
                return None
            return self._lose_all(connection, worker["identity"], worker["beat_at"], EVER)

    def take_up(
        self, identity: str, last_sign: datetime, before: datetime
    ) -> list[tuple[str, GivenUp | None]]:
        """The jobs that a name's last process was at when it ended; they wait again.

        ``before`` is when the process that has the name now began: what is begun since is its own.
        """
        with self._store.transaction() as connection:
            return self._lose_all(connection, identity, last_sign, before)

    def _lose_all(
        self, connection: Connection, identity: str, last_sign: datetime, before: datetime
    ) -> list[tuple[str, GivenUp | None]]:
        lasting = job_rows.attempts_of(connection, identity, before)
        return [(one.uid, self._lose(connection, one, last_sign)) for one in lasting]

    def _lose(self, connection: Connection, lost: Any, last_sign: datetime) -> GivenUp | None:  # noqa: ANN401  # a row
        job = job_rows.locked(connection, lost.uid)
        has_ended = job.status in ENDED
        is_mine_to_end = job_rows.end_open_attempts(
            connection, job.id, number=lost.number, reason=LEFT,
            outcome="cancelled" if has_ended else "lost",
            ended_at=max(lost.started_at, min(last_sign, self.clock())),
        )  # fmt: skip
        if has_ended or not is_mine_to_end:  # somebody else has begun another attempt meanwhile
            return None
        job_rows.change(connection, job.id, status="queued")
        return self._given_up(connection, job.id, job_rows.outcomes(connection, job.id))

    def _given_up(
        self, connection: Connection, job_id: int, outcomes: Sequence[tuple[str, str]]
    ) -> GivenUp | None:
        """What became of a job that too many attempts were lost with; None where that isn't so."""
        reasons = [reason for outcome, reason in outcomes if outcome == "lost"]
        if len(reasons) < MAX_LOST:
            return None
        reason = f"given up after {len(reasons)} attempts that never ended; the last: {reasons[-1]}"
        self._end_job(connection, job_id, "failed", reason)
        return GivenUp(reason)

    def _end_job(self, connection: Connection, job_id: int, status: str, reason: str) -> None:
        job_rows.change(connection, job_id, status=status, reason=reason, ended_at=self.clock())
