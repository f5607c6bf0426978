"""The graph stopwatch: a block's calls captured once and replayed, without a launch for each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat

from bench_service.timing.cuda_clock import refuse_empty, warm_up
from bench_service.timing.device import CapturingDevice, Replay
from bench_service.timing.rotation import n_sets_of
from bench_service.timing.span import SpanClock
from bench_service.timing.stopwatch import BlockReading, Call

# To launch a graph takes the host about this long, until the first launch was seen.
LAUNCH_NS = 20_000


class GraphStopwatch:
    """Times blocks as one graph each: what the kernels take when launching costs nothing."""

    def __init__(
        self,
        device: CapturingDevice,
        spans: SpanClock,
        round_flags: Callable[[], int] = lambda: 0,
    ) -> None:
        self._device = device
        self._spans = spans
        self._round_flags = round_flags
        self._graphs: dict[Call, tuple[int, Replay]] = {}
        self._launch_ns: dict[Call, int] = {}

    def time(self, call: Call, n_calls: int) -> BlockReading:
        """The reading of one replay of ``n_calls`` calls after one that isn't timed.

        A replay always works on the same buffers. Where calls rotate, reading through the cache
        before each replay makes them cold again. MeasurementError where a call can't be captured.
        """
        refuse_empty(n_calls)
        replay = self._captured(call, n_calls)

        def before() -> None:
            replay()
            if n_sets_of(call) > 1:
                self._device.sweep_cache()

        span = self._spans.span(replay, self._launch_ns.get(call, LAUNCH_NS), before)
        self._launch_ns[call] = span.host_ns
        return BlockReading(span.device_ns, span.host_ns)

    def end_round(self) -> int:
        """The flags of whoever watches the device's clock."""
        return self._round_flags()

    def _captured(self, call: Call, n_calls: int) -> Replay:
        """The graph of a block, captured when first asked for; one per call is kept."""
        known = self._graphs.get(call)
        if known is not None and known[0] == n_calls:
            return known[1]
        self._graphs.pop(call, None)
        warm_up(call, self._spans)

        def work() -> None:
            for _ in repeat(None, n_calls):
                call()

        replay = self._device.capture(work)
        self._graphs[call] = (n_calls, replay)
        return replay
