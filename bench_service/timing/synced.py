"""The stopwatch of what a user of an asynchronous device feels: the host's clock and one wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import repeat

from bench_service.result import BlockFlag
from bench_service.timing.counters import ReadCounters, read_thread_counters
from bench_service.timing.stopwatch import BlockReading, Call, Clock


class SyncedStopwatch:
    """Times blocks from an idle device to an idle device, by the host's clock."""

    def __init__(
        self,
        synchronize: Callable[[], None],
        round_flags: Callable[[], int] = lambda: 0,
        clock: Clock = time.perf_counter_ns,
        counters: ReadCounters = read_thread_counters,
    ) -> None:
        self._synchronize = synchronize
        self._round_flags = round_flags
        self._clock = clock
        self._counters = counters

    def time(self, call: Call, n_calls: int) -> BlockReading:
        """The reading of ``n_calls`` calls and one wait for them all, after one priming call.

        Any involuntary switch flags the block: the host's time shows in it directly.
        """
        clock, synchronize = self._clock, self._synchronize
        result = call()
        synchronize()
        before = self._counters()
        start = clock()
        for _ in repeat(None, n_calls):
            result = call()
        synchronize()
        wall_ns = clock() - start
        after = self._counters()
        del result
        switches = after.involuntary_switches - before.involuntary_switches
        return BlockReading(
            wall_ns,
            after.cpu_ns - before.cpu_ns,
            switches,
            after.minor_faults - before.minor_faults,
            BlockFlag.PREEMPTED if switches else 0,
        )

    def end_round(self) -> int:
        """The flags of whoever watches the device's clock."""
        return self._round_flags()
