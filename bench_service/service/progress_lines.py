"""Progress as lines for the process that waits: at most one a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench_service.planning import Plan
    from bench_service.training.result import SliceOutcome

BETWEEN_S = 1.0


class ProgressLines:
    """Says what is being done and how much of it is done, as values of a few words.

    It doesn't begin as ``execution.Quiet``: importing that takes seconds, before the process that
    measures hears signals.
    """

    def __init__(
        self, say: Callable[[Mapping[str, Any]], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._clock = clock
        self._said_at = -BETWEEN_S
        self._n_children = 0
        self._n_done = 0
        self._timing_part = 0.0
        self._now = ""
        self._share = 0.0

    def waiting(self) -> None:
        """Another process is measuring on this machine."""
        self._now = "waiting for another process to end its measuring"
        self._tell(at_once=True)

    def begin(self, plan: Plan, n_children: int) -> None:
        """So many children are to come; by the plan, timing takes a part of all the time."""
        from bench_service.planning import expected_seconds, expected_timing_seconds

        timing_s, all_s = expected_timing_seconds(plan), expected_seconds(plan)
        self._timing_part = timing_s / all_s if all_s else 1.0
        self._n_children = n_children

    def now(self, what: str, conditions: str) -> None:
        """This is being done."""
        self._now = f"{what} {conditions}"
        self._tell()

    def child_done(self, n_left: int) -> None:
        """A child has ended."""
        self._n_done += 1
        self._share = self._timing_part * self._n_done / max(1, self._n_done + n_left)
        self._tell()

    def failed(self, label: str, conditions: str, reason: str) -> None:
        """A case has failed; the store has it."""

    def training_begins(self, n_chains: int, n_slices: int) -> None:
        """Training begins."""
        del n_chains
        self._share, self._now = self._timing_part, f"training {n_slices:,} slices"
        self._tell(at_once=True)

    def training_moved(self, share: float, n_done: int, now: str) -> None:
        """So much of the training is done."""
        self._share = self._timing_part + (1 - self._timing_part) * share
        self._now = f"training {now}, {n_done:,} slices done"
        self._tell()

    def training_failed(self, outcome: SliceOutcome) -> None:
        """A slice has failed; the store has it."""

    def _tell(self, *, at_once: bool = False) -> None:
        if at_once or self._clock() - self._said_at >= BETWEEN_S:
            self._said_at = self._clock()
            self._say({"progress": {"share": round(self._share, 4), "now": self._now}})
