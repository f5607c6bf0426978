"""What a measuring child holds of a GPU: the device, the watch over its clock, and the spans."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bench_service.backends.clock_watch import ClockWatch
from bench_service.backends.cuda_device import TorchCuda
from bench_service.backends.nvml import SensorError, Sensors, open_sensors
from bench_service.timing.cuda_clock import EventStopwatch
from bench_service.timing.device import CapturingDevice
from bench_service.timing.graph_capture import GraphStopwatch
from bench_service.timing.span import SpanClock
from bench_service.timing.stopwatch import Clock, Stopwatch
from bench_service.timing.synced import SyncedStopwatch

# An idle GPU runs at a low clock and takes a while under load to raise it.
SPIN_UP_NS = 200_000_000


class CudaSession:
    """A started GPU; ``open_real`` gives the real one."""

    def __init__(
        self,
        device: CapturingDevice,
        sensors: Callable[[], Sensors],
        clock: Clock = time.perf_counter_ns,
    ) -> None:
        """``sensors`` opens them, or raises SensorError: then the facts say why, and no more."""
        self.device = device
        self._clock = clock
        self._spans = SpanClock(device, clock)
        self._watch: ClockWatch | None = None
        self._no_sensors = ""
        device.sleep(SPIN_UP_NS)
        try:
            self._watch = ClockWatch(sensors())
        except SensorError as error:
            self._no_sensors = str(error)
        device.synchronize()
        if self._watch is not None:
            self._watch.start()

    @classmethod
    def open_real(cls, condition: str) -> CudaSession:
        """The current CUDA device, started, with its sensors where nvidia-ml-py is installed."""
        device = TorchCuda(off_default_stream=condition == "graph")
        return cls(device, lambda: open_sensors(device.uuid))

    def stopwatch(self, condition: str) -> Stopwatch:
        """A stopwatch for ``kernel``, ``hot``, ``graph`` or ``wall``."""
        if condition == "graph":
            return GraphStopwatch(self.device, self._spans, self.end_round)
        if condition == "wall":
            return SyncedStopwatch(self.device.synchronize, self.end_round, self._clock)
        return EventStopwatch(self._spans, self.end_round)

    def end_round(self) -> int:
        """The flags of the round that ends now; none without sensors."""
        return self._watch.end_round() if self._watch else 0

    def close(self) -> None:
        """Watch no more."""
        if self._watch:
            self._watch.stop()

    def facts(self) -> dict[str, Any]:
        """What the GPU is, how its clock ran, and how many blocks had gaps between launches."""
        watched = self._watch.facts() if self._watch else {"sensor_error": self._no_sensors}
        return self.device.facts() | self._spans.facts() | watched
