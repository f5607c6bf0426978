"""What an entry must not do while it is timed: change what all read, or be compiled anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench_service.timing.forked import NOBODY


class Watch:
    """Is told before each block whose it is, and asks in between what has changed.

    ``counts`` are questions that answer with a number: the version of the input, the graphs that
    were compiled. What raises one of them is held against the entry whose block it was.
    """

    def __init__(
        self,
        labels: Sequence[str],
        enter: Callable[[int], None],
        counts: Sequence[tuple[str, Callable[[], int]]],
    ) -> None:
        self._labels = labels
        self._enter = enter
        self._counts = tuple(counts)
        self._current = NOBODY
        self._before = self._now()
        self.findings: dict[str, str] = {}
        """Why an entry's times are worthless, by label."""

    def enter(self, index: int) -> None:
        """The next block is that of the entry with this index; NOBODY after the last."""
        now = self._now()
        if now != self._before and self._current != NOBODY:
            changed = zip(self._counts, self._before, now, strict=True)
            reasons = [said for (said, _), old, new in changed if old != new]
            self.findings.setdefault(self._labels[self._current], "; ".join(reasons))
        self._before = now
        self._current = index
        self._enter(index)

    def _now(self) -> list[int]:
        return [count() for _, count in self._counts]
