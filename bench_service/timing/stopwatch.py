"""Stopwatches: what times a block of calls. The host's reads a monotonic clock around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Protocol

from bench_service.result import BlockFlag
from bench_service.timing.counters import ReadCounters, read_thread_counters

Clock = Callable[[], int]

Call = Callable[[], object]
"""What is timed: no arguments, everything bound beforehand."""


@dataclass(frozen=True, slots=True)
class BlockReading:
    """What was read around one block of calls."""

    wall_ns: int
    cpu_ns: int = 0
    involuntary_switches: int = 0
    minor_faults: int = 0
    flags: int = 0
    """Bits of ``bench_service.result.BlockFlag``."""


class Stopwatch(Protocol):
    """Times blocks of calls. It primes, synchronises and reads; the caller only asks."""

    def time(self, call: Call, n_calls: int) -> BlockReading:
        """The reading of one block of ``n_calls`` calls after one call that isn't timed."""
        ...

    def end_round(self) -> int:
        """Flags that hold for every block since the last call of this: a throttled device."""
        ...


# A block whose wall time is this much above its CPU time, while the kernel counts an involuntary
# switch, has lost its core in between.
PREEMPTED_WALL_TO_CPU = 1.05


# Calls before a block that aren't timed. After one, buffers that the other entries have pushed out
# of the second-level cache were still 5 to 20 % slower than after two (docs/measuring.md).
N_PRIMING_CALLS = 2


class HostStopwatch:
    """Times blocks by the host's clock; clock and counters are passed in."""

    def __init__(
        self,
        clock: Clock = time.perf_counter_ns,
        counters: ReadCounters = read_thread_counters,
    ) -> None:
        self._clock = clock
        self._counters = counters
        self.priming_ns = 0
        """What the priming calls have taken so far; the first one finds cold caches."""

    def time(self, call: Call, n_calls: int) -> BlockReading:
        """The reading of ``n_calls`` calls after the priming ones.

        Each result is let go at once, as torch.utils.benchmark and timeit do: the next call then
        writes to the same memory. Kept until the next call returned, results would alternate
        between two buffers, which no longer fit a second-level cache that holds one.
        """
        clock = self._clock
        began = clock()
        for _ in repeat(None, N_PRIMING_CALLS):
            call()
        self.priming_ns += clock() - began
        before = self._counters()
        start = clock()
        for _ in repeat(None, n_calls):
            call()
        wall_ns = clock() - start
        after = self._counters()
        cpu_ns = after.cpu_ns - before.cpu_ns
        switches = after.involuntary_switches - before.involuntary_switches
        lost = switches > 0 and wall_ns > PREEMPTED_WALL_TO_CPU * cpu_ns
        return BlockReading(
            wall_ns,
            cpu_ns,
            switches,
            after.minor_faults - before.minor_faults,
            BlockFlag.PREEMPTED if lost else 0,
        )

    def end_round(self) -> int:
        """None: the host's blocks carry their own flags."""
        return 0
