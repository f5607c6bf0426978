"""The queue for those who ask: it takes jobs, gives them up and says where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dbos import DBOSClient, DBOSPortableJSONSerializer

from bench_service.errors import JobError
from bench_service.service.engine.connections import address_of
from bench_service.service.engine.names import FIRE, NAME, SCHEMA, VERSION, WORKFLOW, translated
from bench_service.service.job import PRIORITY
from db.location import Location

OPEN = ["ENQUEUED", "PENDING", "DELAYED"]
HAS_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_AGAIN = "#"


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
        with translated(place):
            self._client = DBOSClient(
                system_database_url=address_of(place),
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
        with translated(self._place):
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
        with translated(self._place):
            self._release(self._open(uid), [worker])

    def recover(self, identities: Sequence[str], *, but: str | None = None) -> None:
        """Give back the jobs of workers, but for one; a job that another has by now stays."""
        with translated(self._place):
            held = self._client.list_workflows(
                executor_id=list(identities), status="PENDING", app_version=VERSION,
                load_input=False, load_output=False,
            )  # fmt: skip
            ids = [each.workflow_id for each in held]
            self._release([one for one in ids if one.partition(_AGAIN)[0] != but], identities)

    def _release(self, workflows: Sequence[str], identities: Sequence[str]) -> None:
        """DBOS has no public name for it; a test holds what it does.

        Its public ``resume_workflows`` would take a job away from whoever has it by now.
        """
        for each in workflows:
            self._client._sys_db.reenqueue_for_recovery(each, list(identities), WORKFLOW)

    def has(self, routes: Iterable[str]) -> bool:
        """Whether workers that take jobs of these routes have said so here."""
        with translated(self._place):
            return set(routes) <= {queue.name for queue in self._client.list_queues()}

    def fire_at(self, crons: Mapping[str, tuple[str, str]]) -> None:
        """Workers are told when these schedules are due, each a cron text and a zone; no others."""
        with translated(self._place):
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
        with translated(self._place):
            self._client.cancel_workflows(self._open(uid))

    def find(self, uids: Sequence[str]) -> Mapping[str, Queued]:
        """The jobs of these that the queue knows, each as it was enqueued last."""
        found: dict[str, Queued] = {}
        with translated(self._place):
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

    def forget(self, before: datetime, limit: int) -> int:
        """How many jobs and firings went that had ended before that moment; ``limit`` at most."""
        with translated(self._place):
            ended = self._client.list_workflows(
                status=HAS_ENDED, completed_before=before.isoformat(), limit=limit,
                load_input=False, load_output=False,
            )  # fmt: skip
            if ended:
                self._client.delete_workflows([each.workflow_id for each in ended])
            return len(ended)

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
