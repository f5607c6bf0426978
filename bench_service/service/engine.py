"""The queue: the only module that knows DBOS, which keeps it.

DBOS Transact (https://docs.dbos.dev/python) delivers a job to one worker, and again after that
worker was declared dead. A workflow is a job; its id is the job's, so that enqueuing twice is
enqueuing once. What it stores is the id alone: the rest is in the store.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer
from dbos import error as dbos_errors
from sqlalchemy import create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from bench_service.errors import JobError
from bench_service.service.job import PRIORITY, PROTOCOL
from bench_service.service.making import make_database
from bench_service.service.pace import Pace
from db.location import Location

NAME = "bench-service"
WORKFLOW = "job"
FIRE = "fire"
VERSION = f"jobs-{PROTOCOL}"
"""Workers of another protocol leave these jobs alone."""
SCHEMA = "dbos"
OPEN = ["ENQUEUED", "PENDING", "DELAYED"]
_AGAIN = "#"
MANY = 1_000_000
"""Attempts are counted in the store, with what became of each."""
LOOK_S = 0.05
"""Between looks for jobs, as far as the pace lets them through."""
N_CONNECTIONS, FOREVER_S = 32, 1e9
LISTENER_S = 1.0
RESTING_S = 30.0
"""Between looks of threads that wait for what this program doesn't use."""

Work = Callable[[str], None]
Fire = Callable[[], None]
"""Called when some schedule is due."""


@dataclass(frozen=True)
class Queued:
    """A job as the queue has it."""

    status: str
    """ENQUEUED, PENDING (a worker has it), SUCCESS, ERROR or CANCELLED."""
    worker: str | None
    """Who has it, or had it last."""
    n_times: int = 1
    """How often it was enqueued, counting each time after the queue called it ended."""

    @property
    def holder(self) -> str | None:
        """The worker that has it now."""
        return self.worker if self.status == "PENDING" else None

    @property
    def has_ended(self) -> bool:
        """Whether no worker will take it any more."""
        return self.status not in OPEN


class JobQueue:
    """The queue for those who ask: it takes jobs, gives them up and says where they are.

    JobError where it isn't there: the first worker makes it.
    """

    def __init__(self, place: Location) -> None:
        if place.path is not None and not place.path.is_file():
            raise JobError(
                "There is no queue yet.",
                got=str(place),
                next_step="start a worker, which makes it: `bench-service worker`",
            )
        self._place = place
        with _translated(place):
            self._client = DBOSClient(
                system_database_url=place.url,
                dbos_system_schema=SCHEMA,
                serializer=DBOSPortableJSONSerializer(),
                application_name=NAME,
                system_database_pool_size=2,
                lazy=True,  # else it logs what we raise
                retry_connection_errors=False,
            )

    def enqueue(self, uid: str, route: str, priority: int = PRIORITY, n_times: int = 0) -> None:
        """Nothing changes where the job is known already, unless it was so ``n_times`` and ended.

        However many workers ask at once, it is one more time.
        """
        with _translated(self._place):
            self._client.enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "workflow_id": f"{uid}{_AGAIN}{n_times}" if n_times else uid,
                    "queue_name": route,
                    "app_version": VERSION,
                    "priority": priority,
                },
                uid,
            )

    def give_back(self, uid: str, worker: str) -> None:
        """Any worker may take a job from here on, if that worker has it; else nothing changes."""
        with _translated(self._place):
            self._release(self._open(uid), [worker])

    def recover(self, identities: Sequence[str]) -> None:
        """Give back the jobs of workers that have ended; a job that another has by now stays."""
        with _translated(self._place):
            held = self._client.list_workflows(
                executor_id=list(identities), status="PENDING", app_version=VERSION,
                load_input=False, load_output=False,
            )  # fmt: skip
            self._release([each.workflow_id for each in held], identities)

    def _release(self, workflows: Sequence[str], identities: Sequence[str]) -> None:
        """DBOS has no public name for it; a test holds what it does.

        Its public ``resume_workflows`` would take a job away from whoever has it by now.
        """
        for each in workflows:
            self._client._sys_db.reenqueue_for_recovery(each, list(identities), WORKFLOW)

    def has(self, routes: Iterable[str]) -> bool:
        """Whether workers that take jobs of these routes have said so here."""
        with _translated(self._place):
            return set(routes) <= {queue.name for queue in self._client.list_queues()}

    def fire_at(self, crons: Mapping[str, tuple[str, str]]) -> None:
        """Workers are told when these schedules are due, each a cron text and a zone; no others."""
        with _translated(self._place):
            known = {
                each["schedule_name"]: (each["schedule"], each["cron_timezone"])
                for each in self._client.list_schedules()
            }
            for name in known.keys() - crons.keys():
                self._client.delete_schedule(name)
            self._client.apply_schedules(
                [
                    {"schedule_name": name, "workflow_name": FIRE, "schedule": cron,
                     "cron_timezone": zone, "context": name}
                    for name, (cron, zone) in crons.items()
                    if known.get(name) != (cron, zone)
                ]
            )  # fmt: skip

    def cancel(self, uid: str) -> None:
        """No worker takes it from here on; who is at it is told by ``find``."""
        with _translated(self._place):
            self._client.cancel_workflows(self._open(uid))

    def find(self, uids: Sequence[str]) -> Mapping[str, Queued]:
        """The jobs of these that the queue knows, each as it was enqueued last."""
        found: dict[str, Queued] = {}
        with _translated(self._place):
            n_times, asked = 0, list(uids)
            while asked:
                known = self._client.list_workflows(
                    workflow_ids=[f"{uid}{_AGAIN}{n_times}" if n_times else uid for uid in asked],
                    load_input=False, load_output=False,
                )  # fmt: skip
                n_times += 1
                named = {each.workflow_id.partition(_AGAIN)[0]: each for each in known}
                for uid, each in named.items():
                    found[uid] = Queued(each.status, each.executor_id, n_times)
                asked = [uid for uid in named if found[uid].has_ended]
        return found

    def _open(self, uid: str) -> list[str]:
        found = self._client.list_workflows(
            workflow_id_prefix=uid, status=OPEN, load_input=False, load_output=False
        )
        return [each.workflow_id for each in found]

    def close(self) -> None:
        """Close its connections."""
        self._client.destroy()

    def __enter__(self) -> JobQueue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Engine:
    """The queue for a worker: takes jobs of its routes, one at a time. One per process."""

    def __init__(
        self, place: Location, identity: str, routes: Iterable[str], pace: Pace,
        fire: Fire = lambda: None,
    ) -> None:  # fmt: skip
        self._place = place
        self._fire = fire
        self._identity = identity
        self._routes = tuple(routes)
        self._pace = pace
        self._file: tuple[int, int] | None = None
        self._connections: sqlalchemy.Engine | None = None

    def launch(self, work: Work) -> None:
        """From here on ``work`` is called with the ids of jobs, in a thread of its own each.

        Jobs that this identity had when it ended before come first.
        """
        self._connections = _engine(self._place, self._pace)
        config: DBOSConfig = {
            "name": NAME,
            "system_database_url": self._place.url,
            "system_database_engine": self._connections,
            "dbos_system_schema": SCHEMA,
            "executor_id": self._identity,
            "application_version": VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "use_listen_notify": False,
            "console_log_level": "WARNING",
            "notification_listener_polling_interval_sec": LISTENER_S,
            "scheduler_polling_interval_sec": RESTING_S,
        }
        with _translated(self._place):
            make_database(self._place)  # DBOS makes none for connections of ours
            DBOS(config=config)
            DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MANY)(_as_workflow(work))
            DBOS.workflow(name=FIRE)(_as_firing(self._fire))
            DBOS.listen_queues(list(self._routes))
            DBOS.launch()
            for route in self._routes:
                DBOS.register_queue(route, worker_concurrency=1, polling_interval_sec=LOOK_S)
        self._file = _file(self._place)

    def is_lost(self, *, asks_server: bool = False) -> bool:
        """Whether the queue that this began with isn't there any more; a server only if asked.

        JobError where nobody can tell, such as while the server is away.
        """
        if self._place.path is not None or not asks_server:
            return _file(self._place) != self._file
        try:
            with JobQueue(self._place) as queue:
                return not queue.has(self._routes)
        except JobError as error:
            if "does not exist" in error.got:
                return True
            raise

    def relaunch(self, work: Work) -> None:
        """Begin anew with a queue that was deleted. Not while a job is at work."""
        self._leave()
        self.launch(work)

    def end_soon(self) -> None:
        """Take no more jobs; the queue's threads find the gate shut, and needn't say so."""
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        self._pace.stop()

    def stop(self) -> None:
        """Take no more jobs. What is at work isn't waited for."""
        self.end_soon()
        self._leave()

    def _leave(self) -> None:
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=0)
        if self._connections is not None:
            self._connections.dispose()


def _engine(place: Location, pace: Pace) -> sqlalchemy.Engine:
    """Connections for DBOS that are had through the pace's gate alone.

    All that DBOS does by itself, it does in threads that take a connection each time they look. So
    they stand still while a job is at work, and no block is disturbed. A thread at the gate keeps
    its connection: there are enough for all. The thread that launches isn't held up: it is the
    worker's own, which must go on saying that it lives.
    """
    own = threading.current_thread()
    pool = {"pool_size": N_CONNECTIONS, "max_overflow": 0, "pool_timeout": FOREVER_S}
    engine = create_engine(place.url, **pool, pool_pre_ping=place.path is None)

    @event.listens_for(engine, "checkout")
    def checkout(*_: object) -> None:
        if threading.current_thread() is not own:
            pace.gate()

    @event.listens_for(engine, "do_connect")
    def do_connect(*_: object) -> None:
        if threading.current_thread() is not own:  # else one would try for as long as it is away
            pace.require_going_on()

    if place.path is not None:

        @event.listens_for(engine, "connect")
        def connect(connection: sqlite3.Connection, _: object) -> None:
            connection.isolation_level = "IMMEDIATE"  # as DBOS has it for its own
            connection.execute("PRAGMA busy_timeout=30000").close()
            connection.execute("PRAGMA foreign_keys=ON").close()

    return engine


def _file(place: Location) -> tuple[int, int] | None:
    """What tells a file from another one of its name; None where there is none."""
    if place.path is None or not place.path.exists():
        return None
    found = place.path.stat()
    return found.st_dev, found.st_ino


def _as_workflow(work: Work) -> Callable[[str], None]:
    def job(uid: str) -> None:
        work(uid)

    return job


def _as_firing(fire: Fire) -> Callable[[str, str], None]:
    def firing(due_at: str, schedule: str) -> None:
        fire()

    return firing


@contextmanager
def _translated(place: Location) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, dbos_errors.DBOSException, OSError) as error:
        raise JobError(
            "The queue's database can't be used.",
            got=f"{place}: {_first_line(error)}",
            next_step="check that it is there and may be written; what was stored is kept",
        ) from error


def _first_line(error: Any) -> str:  # noqa: ANN401
    return str(getattr(error, "orig", None) or error).splitlines()[0]
