"""What the stopwatches need of an asynchronous device, and no more: a real GPU or a simulated one.

All that the timing engine asks of a GPU goes through these protocols, so that every protocol of
measurement can be tested to the nanosecond where no GPU is (``bench_service.timing.simulated``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, Self

Replay = Callable[[], object]


class DeviceEvent(Protocol):
    """A mark in the device's queue; ``torch.cuda.Event`` and ``torch.xpu.Event`` are such."""

    def record(self) -> object:
        """Put the mark behind what is queued."""
        ...

    def query(self) -> bool:
        """True where the device has passed the mark."""
        ...

    def elapsed_time(self, end_event: Self, /) -> float:
        """Milliseconds on the device until the other mark; raises where one isn't passed yet."""
        ...


class Device(Protocol):
    """A device that works through a queue while the host goes on."""

    @property
    def cache_bytes(self) -> int:
        """The size of the last-level cache."""
        ...

    @property
    def can_sleep(self) -> bool:
        """True where ``sleep`` holds the queue back."""
        ...

    def event(self) -> DeviceEvent:
        """A mark that keeps time."""
        ...

    def synchronize(self) -> None:
        """Wait until the queue is empty."""
        ...

    def sleep(self, duration_ns: float) -> None:
        """Queue a pause of about that length."""
        ...

    def sweep_cache(self) -> None:
        """Queue reads that leave nothing else in the cache, and nothing to be written back."""
        ...

    def free_bytes(self) -> int:
        """The free memory of the device, in bytes."""
        ...

    def facts(self) -> dict[str, Any]:
        """What the device is."""
        ...


class CapturingDevice(Device, Protocol):
    """A device that can record work once and replay it as a whole."""

    def capture(self, work: Callable[[], object]) -> Replay:
        """What replays all that ``work`` queued; MeasurementError where it can't be captured."""
        ...
