"""The queue's memory of what has ended, cut short: the store keeps what became of jobs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench_service.service.engine import JobQueue
from bench_service.service.ledger import now

KEPT = timedelta(days=1)
"""For whoever looks into the queue with its own tools."""
EVERY_S = 3600.0
AT_ONCE, TURNS = 500, 4
"""Rows in one transaction, for which others wait, and such transactions at a look."""


@dataclass
class Tidying:
    """Called at a worker's beats while nothing is measured; does something once an hour."""

    queue: Callable[[], JobQueue]
    clock: Callable[[], datetime] = now
    monotonic: Callable[[], float] = time.monotonic
    _next_s: float = 0.0

    def look(self) -> int:
        """How many rows of the queue went: what had ended more than a day ago.

        So many at a look, at most; the rest goes at the next ones.
        """
        moment_s = self.monotonic()
        if moment_s < self._next_s:
            return 0
        n_gone, before = 0, self.clock() - KEPT
        with self.queue() as queue:
            for _ in range(TURNS):
                n_new = queue.forget(before, AT_ONCE)
                n_gone += n_new
                if n_new < AT_ONCE:
                    self._next_s = moment_s + EVERY_S
                    break
        return n_gone
