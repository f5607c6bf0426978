"""The event stopwatch: the device's own time for a block of calls, free of the host's launching."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat

from bench_service.errors import MeasurementError
from bench_service.timing.rotation import n_sets_of, needs_sweep
from bench_service.timing.span import SpanClock
from bench_service.timing.stopwatch import BlockReading, Call

# The driver takes about a thousand launches and then makes the host wait for the device, which is
# held back. Real kernels fill a block with far fewer: none takes less than half a microsecond.
MAX_QUEUED_CALLS = 512

# The first calls load kernels and fill the allocator.
N_WARM_CALLS = 3


class EventStopwatch:
    """Times blocks by events around them: kernels back to back.

    ``wall_ns`` of a reading is the device's time, ``cpu_ns`` the host's to queue the calls.
    """

    def __init__(self, spans: SpanClock, round_flags: Callable[[], int] = lambda: 0) -> None:
        self._spans = spans
        self._round_flags = round_flags
        self._call_ns: dict[Call, float] = {}

    def time(self, call: Call, n_calls: int) -> BlockReading:
        """The reading of ``n_calls`` calls after one that isn't timed.

        MeasurementError for more calls than the queue holds: they launch nothing.
        """
        refuse_empty(n_calls)
        if call not in self._call_ns:
            self._call_ns[call] = warm_up(call, self._spans)

        def enqueue() -> None:
            result = None
            for _ in repeat(None, n_calls):
                result = call()
            del result

        def before() -> None:
            call()
            if needs_sweep(call):
                self._spans.device.sweep_cache()

        span = self._spans.span(enqueue, n_calls * self._call_ns[call], before)
        if span.is_hidden:  # else it holds the pause as well, as with a call that waits
            self._call_ns[call] = span.host_ns / n_calls
        return BlockReading(span.device_ns, span.host_ns)

    def end_round(self) -> int:
        """The flags of whoever watches the device's clock."""
        return self._round_flags()


def warm_up(call: Call, spans: SpanClock) -> float:
    """The host's time for one call, in ns, after every set of buffers has had its turn."""
    for _ in range(max(N_WARM_CALLS, n_sets_of(call))):
        call()
    spans.device.synchronize()
    start = spans.clock()
    call()
    elapsed_ns = spans.clock() - start
    spans.device.synchronize()
    return elapsed_ns


def refuse_empty(n_calls: int) -> None:
    """MeasurementError where a block would need so many calls that they can't hold kernels."""
    if n_calls > MAX_QUEUED_CALLS:
        raise MeasurementError(
            f"{MAX_QUEUED_CALLS} calls take the device no time to speak of: nothing is launched"
        )
