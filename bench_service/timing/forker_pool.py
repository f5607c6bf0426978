"""Several forkers side by side, so that a run draws more than one memory layout.

All children of a forker share what its interpreter got when it started: where code and objects
lie, and the seed of its string hashes. From run to run that moved ratios of short calls by up to
4 % in two distinct states, while the children of any one run agreed to 0.5 % (docs/measuring.md).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from types import TracebackType

from bench_service.timing.forker_client import Forker
from bench_service.timing.spec import GroupSpec
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
    _are_ready: bool = False

    def launch(self) -> None:
        """Start all forkers without waiting for them.

        The first one takes the machine's lock; the others import nothing before it has that.
        Whoever launches enters the context later, or closes.
        """
        entry, gate = os.pipe()
        try:
            first = Forker(wait_for_machine=self.wait_for_machine, on_busy=self.on_busy)
            self._launch(first, gate)
            for _ in range(self.n_parents - 1):
                self._launch(Forker(takes_lock=False), entry)
        except BaseException:
            self.close()
            raise
        finally:
            os.close(entry)
            os.close(gate)

    def _launch(self, forker: Forker, gate: int) -> None:
        self.forkers.append(forker)
        forker.launch(gate)

    def __enter__(self) -> ForkerPool:
        if not self.forkers:
            self.launch()
        try:
            self.forkers[0].__enter__()
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

    def _await_all(self) -> None:
        """Wait until all have started: they do so while groups are probed, never while timed."""
        for forker in self.forkers[1:]:
            forker.__enter__()
        self._are_ready = True

    def close(self) -> None:
        """End all forkers with their children; the one that holds the lock goes last."""
        for forker in self.forkers[1:]:
            forker.hang_up()
        for forker in reversed(self.forkers):
            forker.close()
        self.forkers.clear()

    def ask(
        self, task: str, spec: GroupSpec, silence_s: float, *, template: bool = False
    ) -> Generator[Event]:
        """The events of one child, as ``Forker.ask``; its parts say who its parent is."""
        if task == "measure" and not self._are_ready:
            self._await_all()
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
