"""A GPU with a virtual clock: queue, launch costs, cache and clock speed, exact to the nanosecond.

It stands in for a real device wherever the protocol itself is in question: whether launches are
hidden, whether a wait is missing, whether buffers are cold. Tests hold exact numbers against it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from bench_service.errors import MeasurementError
from bench_service.timing.device import Replay
from bench_service.timing.rotation import CACHE_TURNOVERS
from bench_service.timing.stopwatch import Call

NOMINAL_MHZ = 1000
SWEEP_NS = 40_000


class SimulatedEvent:
    """A mark in a simulated queue."""

    def __init__(self, gpu: SimulatedGpu) -> None:
        self._gpu = gpu
        self._passed_at = 0

    def record(self) -> None:
        """Put the mark behind what is queued."""
        self._passed_at = max(self._gpu.now_ns, self._gpu.idle_at_ns)

    def query(self) -> bool:
        """True where the device has passed the mark by the host's present."""
        return self._passed_at <= self._gpu.now_ns

    def elapsed_time(self, end_event: SimulatedEvent, /) -> float:
        """Milliseconds to the other mark; RuntimeError where the host didn't wait, as in torch."""
        if not (self.query() and end_event.query()):
            raise RuntimeError("Both events must be completed before calculating elapsed time.")
        return (end_event._passed_at - self._passed_at) / 1e6


class SimulatedGpu:
    """A device that works in order, and a host that pays for every launch."""

    can_sleep = True

    def __init__(self, launch_ns: int = 5_000, cache_bytes: int = 1 << 20) -> None:
        self.launch_ns = launch_ns
        self.cache_bytes = cache_bytes
        self.sm_mhz = NOMINAL_MHZ
        self.now_ns = 0
        """The host's present."""
        self.idle_at_ns = 0
        """When the device will have done all that is queued."""
        self.n_launches = 0
        self._touched: OrderedDict[object, int] = OrderedDict()
        self._capturing: list[Callable[[], int]] | None = None

    def clock(self) -> int:
        """The host's clock, in ns."""
        return self.now_ns

    def kernel(self, buffers: Mapping[object, int], hot_ns: int, cold_ns: int) -> Call:
        """A call that launches a kernel over buffers of those sizes in bytes."""

        def duration_ns() -> int:
            is_hot = all(self._is_cached(name) for name in buffers)
            for name, n_bytes in buffers.items():
                self._touch(name, n_bytes)
            return (hot_ns if is_hot else cold_ns) * NOMINAL_MHZ // self.sm_mhz

        return lambda: self._launch(duration_ns)

    def event(self) -> SimulatedEvent:
        """A mark that keeps time."""
        return SimulatedEvent(self)

    def synchronize(self) -> None:
        """Wait until the queue is empty; RuntimeError in a capture, as on a GPU."""
        if self._capturing is not None:
            raise RuntimeError("operation not permitted when stream is capturing")
        self.now_ns = max(self.now_ns, self.idle_at_ns)

    def sleep(self, duration_ns: float) -> None:
        """Queue a pause."""
        self._launch(lambda: int(duration_ns))

    def sweep_cache(self) -> None:
        """Queue reads over several caches."""

        def duration_ns() -> int:
            self._touch("sweep", CACHE_TURNOVERS * self.cache_bytes)
            return SWEEP_NS

        self._launch(duration_ns)

    def capture(self, work: Callable[[], object]) -> Replay:
        """What replays the kernels of ``work`` back to back for one launch."""
        captured: list[Callable[[], int]] = []
        self._capturing = captured
        try:
            work()
        except RuntimeError as error:
            raise MeasurementError(f"can't be captured: {error}") from error
        finally:
            self._capturing = None
        return lambda: self._launch(lambda: sum(duration() for duration in captured))

    def free_bytes(self) -> int:
        """As much as a small GPU has."""
        return 1 << 30

    def facts(self) -> dict[str, Any]:
        """Its name."""
        return {"gpu": "simulated"}

    def _launch(self, duration_ns: Callable[[], int]) -> None:
        if self._capturing is not None:
            self._capturing.append(duration_ns)
            return
        self.n_launches += 1
        self.now_ns += self.launch_ns
        self.idle_at_ns = max(self.idle_at_ns, self.now_ns) + duration_ns()

    def _touch(self, name: object, n_bytes: int) -> None:
        self._touched[name] = n_bytes
        self._touched.move_to_end(name)

    def _is_cached(self, name: object) -> bool:
        """True where no more than a cache was touched from the buffer's last use on."""
        if name not in self._touched:
            return False
        n_bytes = 0
        for other in reversed(self._touched):
            n_bytes += self._touched[other]
            if other == name:
                break
        return n_bytes <= self.cache_bytes
