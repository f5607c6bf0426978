"""Spans of a device's queue, timed by events, with all of a span queued before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench_service.timing.device import Device
from bench_service.timing.stopwatch import Clock

# The queue is held back for twice what the host needs to fill it. nvbench blocks its stream for
# the same reason: between launches that come too late, events would time the host.
LEAD = 2.0
MIN_LEAD_NS = 20_000
MAX_LEAD_NS = 50_000_000
MAX_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Span:
    """What lay between two marks in the queue."""

    device_ns: int
    host_ns: int
    """The host's time to queue it."""
    is_hidden: bool
    """True where the device began after all was queued."""


class SpanClock:
    """Times what is put into the queue, all of it queued before the device begins."""

    def __init__(self, device: Device, clock: Clock = time.perf_counter_ns) -> None:
        self.device = device
        self.clock = clock
        self._start, self._end = device.event(), device.event()
        self._n_spans = self._n_exposed = 0

    def span(
        self,
        enqueue: Callable[[], object],
        enqueue_ns: float,
        before: Callable[[], object],
    ) -> Span:
        """The span of ``enqueue``, which takes the host about ``enqueue_ns``.

        ``before`` runs first and isn't timed. Where the device began before all was queued, the
        pause was too short: it is doubled, a few times over; what stays exposed is counted.
        """
        self._n_spans += 1
        lead_ns = max(MIN_LEAD_NS, LEAD * enqueue_ns)
        for _ in range(MAX_ATTEMPTS if self.device.can_sleep else 1):
            span = self._attempt(enqueue, min(lead_ns, MAX_LEAD_NS), before)
            if span.is_hidden:
                return span
            lead_ns = LEAD * max(lead_ns, span.host_ns)
        self._n_exposed += 1
        return span

    def _attempt(
        self, enqueue: Callable[[], object], lead_ns: float, before: Callable[[], object]
    ) -> Span:
        device, clock = self.device, self.clock
        before()
        device.synchronize()
        device.sleep(lead_ns)
        self._start.record()
        began = clock()
        enqueue()
        host_ns = clock() - began
        self._end.record()
        is_hidden = not self._start.query()
        device.synchronize()
        elapsed_ms = self._start.elapsed_time(self._end)
        return Span(round(elapsed_ms * 1e6), host_ns, is_hidden)

    def facts(self) -> dict[str, Any]:
        """How many blocks were timed, and how many of them with gaps between launches."""
        return {"spans": self._n_spans, "spans_with_launch_gaps": self._n_exposed}
