"""What a worker does for others while it is idle: jobs of the dead, and what the queue lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from bench_service.errors import JobError
from bench_service.service.attempt import GivenUp, Waiting
from bench_service.service.engine import JobQueue
from bench_service.service.ledger import Ledger
from bench_service.service.others import Others

DROPPED_S = 10.0
"""What this worker has by the queue and doesn't know of for so long, it never heard of."""
log = logging.getLogger("bench_service.worker")


@dataclass
class Reclaim:
    """Brings jobs back into the queue that the store has and nobody is at."""

    identity: str
    routes: tuple[str, ...]
    ledger: Ledger
    others: Others
    queue: Callable[[], JobQueue]
    clock: Callable[[], float] = time.monotonic
    _unheld: dict[str, float] = field(default_factory=dict)

    def take_over(self) -> list[tuple[str, GivenUp]]:
        """Give back the jobs of workers that have died; those of them that were given up.

        What the queue isn't told of now, ``put_back`` tells it later.
        """
        dead, given_up = [], []
        for row in self.others.dead(self.clock()):
            lost = self.ledger.bury(row)
            if lost is not None:
                dead.append(row["identity"])
                log.warning("worker lost", extra={"worker": row["identity"]})
                given_up += [(uid, given) for uid, given in lost if given is not None]
        if dead:
            with suppress(JobError), self.queue() as queue:
                queue.recover(dead)
        return given_up

    def take_up(self, last_sign: datetime, before: datetime) -> list[tuple[str, GivenUp]]:
        """What this worker's name was at when it ended waits again; those that were given up."""
        lost = self.ledger.take_up(self.identity, last_sign, before)
        return [(uid, given) for uid, given in lost if given is not None]

    def is_all_known(self) -> bool:
        """Whether what is left is with workers that are known to live."""
        return self.others.would_know(self.clock())

    def left(self, working: Collection[str] | None = None) -> list[Waiting]:
        """Jobs that haven't ended and that no other worker is at, as far as anybody knows."""
        known = self.others.working() if working is None else working
        others = {*known} - {self.identity}
        return [job for job in self.ledger.waiting(self.routes) if job.worker not in others]

    def keep_only(self, uid: str | None) -> None:
        """Give back what the queue believes this worker to have, but for one job."""
        with self.queue() as queue:
            queue.recover([self.identity], but=uid)

    def put_back(self, held: Collection[str]) -> int:
        """How many jobs the queue had lost and has again; ``held`` are those that we know of.

        What it believes to be with a worker that doesn't know of it, it gives anew.
        """
        working = self.others.working()
        left = self.left(working)
        if not left:
            return 0
        n_lost = 0
        with self.queue() as queue:
            known = queue.find([job.uid for job in left])
            for job in left:
                found = known.get(job.uid)
                if found is None or found.has_ended:
                    n_times = 0 if found is None else found.n_times
                    queue.enqueue(job.uid, job.route, job.priority, n_times)
                    n_lost += 1
                elif found.holder is not None and self._is_dropped(
                    job.uid, found.holder, working, held
                ):
                    queue.give_back(job.uid, found.holder)
        return n_lost

    def _is_dropped(
        self, uid: str, holder: str, working: Collection[str], held: Collection[str]
    ) -> bool:
        """Whether the worker that took a job from the queue doesn't know that it has.

        It ended, or the database went away, between the taking and the beginning.
        """
        if holder != self.identity:
            return holder not in working
        if uid in held:
            self._unheld.pop(uid, None)
            return False
        now = self.clock()
        return now - self._unheld.setdefault(uid, now) > DROPPED_S
