"""Several forkers side by side, so that a run draws more than one memory layout.

All children of a forker share what its interpreter got when it started: where code and objects
lie, and the seed of its string hashes. From run to run that moved ratios of short calls by up to
4 % in two distinct states, while the children of any one run agreed to 0.5 % (docs/measuring.md).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from types import TracebackType

from bench_service.timing.forker_client import Forker
from bench_service.timing.spec import GroupSpec
from bench_service.timing.turns import Turns
from bench_service.timing.wire import Event

# Compiling is done once in each parent, and takes seconds: groups that compile use this many.
MAX_COMPILING_PARENTS = 3


@dataclass
class ForkerPool:
    """So many forkers under one lock. Use it as a context manager, and ``ask`` it.

    Children take the forkers in turn, by their number. What a child hands over says which parent
    it came from.
    """

    n_parents: int = 1
    wait_for_machine: bool = True
    on_busy: Callable[[], None] = lambda: None
    forkers: list[Forker] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)

    def launch(self) -> None:
        """Start all forkers without waiting for them.

        The first one takes the machine's lock; none imports anything before it has that. Whoever
        launches enters the context later, or closes.
        """
        turns = Turns.closed()
        first = Forker(wait_for_machine=self.wait_for_machine, on_busy=self.on_busy)
        others = (Forker(takes_lock=False) for _ in range(self.n_parents - 1))
        try:
            for forker in (first, *others):
                self.forkers.append(forker)
                forker.launch(turns)
        except BaseException:
            self.close()
            raise
        finally:
            turns.leave()

    def __enter__(self) -> ForkerPool:
        if not self.forkers:
            self.launch()
        try:
            for forker in self.forkers:  # all: none imports while another's children are timed
                forker.__enter__()
        except BaseException:
            self.close()
            raise
        self._names = [secrets.token_hex(4) for _ in self.forkers]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all forkers with their children; the one that holds the lock goes last."""
        for forker in self.forkers[1:]:  # all hear of it before the first one is waited for
            forker.hang_up()
        for forker in reversed(self.forkers):
            forker.close()
        self.forkers.clear()

    def ask(
        self, task: str, spec: GroupSpec, silence_s: float, *, template: bool = False
    ) -> Generator[Event]:
        """The events of one child, as ``Forker.ask``; its parts say who its parent is."""
        n_parents = min(len(self.forkers), MAX_COMPILING_PARENTS if template else self.n_parents)
        index = spec.process_ix % n_parents
        asked = self.forkers[index].ask(task, spec, silence_s, template=template)
        with closing(asked) as events:
            for event in events:
                facts = event.get("facts")
                if facts is None:
                    yield event
                else:
                    yield {**event, "facts": {**facts, "parent": self._names[index]}}
