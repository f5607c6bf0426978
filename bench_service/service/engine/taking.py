"""The queue for a worker: it hands out jobs of some routes, one at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

import sqlalchemy
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from bench_service.errors import JobError
from bench_service.service.engine.asking import JobQueue
from bench_service.service.engine.connections import gated_engine
from bench_service.service.engine.names import FIRE, NAME, SCHEMA, VERSION, WORKFLOW, translated
from bench_service.service.making import make_database
from bench_service.service.pace import Pace
from db.filesystem import FileId, file_id
from db.location import Location

MANY = 1_000_000
"""Attempts are counted in the store, with what became of each."""
LOOK_S = 0.05
"""Between looks for jobs, as far as the pace lets them through."""
LISTENER_S = 1.0
RESTING_S = 30.0
"""Between looks of threads that wait for what this program doesn't use."""

Work = Callable[[str], None]
Fire = Callable[[], None]
"""Called when some schedule is due."""


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
        self._file: FileId | None = None
        self._is_launched = False
        self._connections: sqlalchemy.Engine | None = None
        self._left = threading.Event()

    def launch(self, work: Work) -> None:
        """From here on ``work`` is called with the ids of jobs, in a thread of its own each.

        Jobs that this identity had when it ended before come first.
        """
        self._left = threading.Event()
        self._connections = gated_engine(self._place, self._pace, self._left)
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
        with translated(self._place):
            make_database(self._place)  # DBOS makes none for connections of ours
            DBOS(config=config)
            DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MANY)(_as_workflow(work))
            DBOS.workflow(name=FIRE)(_as_firing(self._fire))
            DBOS.listen_queues(list(self._routes))
            DBOS.launch()
            for route in self._routes:
                DBOS.register_queue(route, worker_concurrency=1, polling_interval_sec=LOOK_S)
        self._file = self._file_now()
        self._is_launched = True

    def is_lost(self, *, asks_server: bool = False) -> bool:
        """Whether the queue that this began with isn't there any more; a server only if asked.

        JobError where nobody can tell, such as while the server is away.
        """
        if not self._is_launched:  # the last try to begin anew failed
            return True
        if self._place.path is not None or not asks_server:
            return self._file_now() != self._file
        try:
            with JobQueue(self._place) as queue:
                return not queue.has(self._routes)
        except JobError as error:
            if "does not exist" in error.got:
                return True
            raise

    def _file_now(self) -> FileId | None:
        return None if self._place.path is None else file_id(self._place.path)

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
        self._is_launched = False
        self._left.set()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=0)
        if self._connections is not None:
            self._connections.dispose()


def _as_workflow(work: Work) -> Callable[[str], None]:
    def job(uid: str) -> None:
        work(uid)

    return job


def _as_firing(fire: Fire) -> Callable[[str, str], None]:
    def firing(due_at: str, schedule: str) -> None:
        fire()

    return firing
