"""Rounds: one block of every entry, in fresh random order, again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench_service.result import BlockFlag, EntryBlocks
from bench_service.timing.stopwatch import Call, Stopwatch


@dataclass(frozen=True)
class Entry:
    """One thing in a round: what to call, and how often in a block."""

    label: str
    role: str
    call: Call
    n_calls: int


@dataclass(frozen=True)
class RoundPlan:
    """How many rounds, how many of them only to warm up, and how many make a part."""

    n_rounds: int
    n_warm_up: int = 0
    rounds_per_part: int = 0
    """Rounds handed over at a time; 0 for all at once."""

    @property
    def n_parts(self) -> int:
        """How many parts there will be."""
        total = self.n_warm_up + self.n_rounds
        return -(-total // (self.rounds_per_part or total))


FIELDS = EntryBlocks.array_names()
_WALL, _CPU, _POSITION, _SWITCHES, _FAULTS, _FLAGS = range(len(FIELDS))


def measure_rounds(
    entries: Sequence[Entry],
    plan: RoundPlan,
    stopwatch: Stopwatch,
    random: np.random.Generator,
    enter: Callable[[int], None] = lambda _index: None,
) -> Iterator[tuple[EntryBlocks, ...]]:
    """The parts of a child, each with the blocks of every entry in the order of ``entries``.

    The warm-up rounds come first and carry a flag. ``enter(index)`` is called before each block,
    so that whoever watches knows what was running when the process died.
    """
    total = plan.n_warm_up + plan.n_rounds
    size = plan.rounds_per_part or total
    for first in range(0, total, size):
        n = min(size, total - first)
        readings = np.zeros((len(FIELDS), len(entries), n), dtype=np.int64)
        for row in range(n):
            _measure_round(entries, stopwatch, random, enter, readings[:, :, row])
        readings[_FLAGS, :, : max(0, plan.n_warm_up - first)] |= BlockFlag.WARM_UP
        yield tuple(
            EntryBlocks(entry.label, entry.role, entry.n_calls, *readings[:, index])
            for index, entry in enumerate(entries)
        )


def _measure_round(
    entries: Sequence[Entry],
    stopwatch: Stopwatch,
    random: np.random.Generator,
    enter: Callable[[int], None],
    out: np.ndarray,
) -> None:
    for position, index in enumerate(random.permutation(len(entries)).tolist()):
        entry = entries[index]
        enter(index)
        reading = stopwatch.time(entry.call, entry.n_calls)
        out[_WALL, index] = reading.wall_ns
        out[_CPU, index] = reading.cpu_ns
        out[_POSITION, index] = position
        out[_SWITCHES, index] = reading.involuntary_switches
        out[_FAULTS, index] = reading.minor_faults
        out[_FLAGS, index] = reading.flags
    out[_FLAGS] |= stopwatch.end_round()
