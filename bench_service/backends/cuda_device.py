"""An NVIDIA GPU as the stopwatches need it, through torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch

from bench_service.errors import MeasurementError
from bench_service.timing.device import DeviceEvent, Replay
from bench_service.timing.rotation import CACHE_TURNOVERS

# Where torch doesn't say how fast the multiprocessors run. A pause that turns out too short is
# noticed and doubled.
USUAL_CLOCK_KHZ = 2_000_000


class TorchCuda:
    """The current CUDA device of this process, started by making this."""

    can_sleep = True

    def __init__(self, *, off_default_stream: bool = False) -> None:
        """``off_default_stream`` moves all work of this thread to a stream that can be captured.

        Inputs, warm-up and capture then share it. A backward pass runs on the stream of its
        forward pass, so a forward pass made elsewhere would take its gradient out of the capture.
        """
        torch.cuda.init()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        self._properties = torch.cuda.get_device_properties(torch.cuda.current_device())
        khz = getattr(self._properties, "clock_rate", 0) or USUAL_CLOCK_KHZ
        self._cycles_per_ns = khz / 1e6
        self._sweep: torch.Tensor | None = None
        if off_default_stream:
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
            torch.cuda.set_stream(stream)

    @property
    def cache_bytes(self) -> int:
        """The size of the L2 cache."""
        return int(self._properties.L2_cache_size)

    @property
    def uuid(self) -> str:
        """The GPU's name in NVML."""
        return f"GPU-{self._properties.uuid}"

    def event(self) -> DeviceEvent:
        """A CUDA event that keeps time, to about half a microsecond."""
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        return cast(DeviceEvent, event)

    def synchronize(self) -> None:
        """Wait until every stream is empty."""
        torch.cuda.synchronize()

    def sleep(self, duration_ns: float) -> None:
        """Queue a kernel that spins; longer than asked where the clock is below its highest."""
        cycles = int(duration_ns * self._cycles_per_ns)
        torch.cuda._sleep(cycles)  # type: ignore[no-untyped-call]  # torch leaves it unannotated

    def sweep_cache(self) -> None:
        """Queue a reduction over a buffer of several caches: lines that are only read are clean.

        A cache cleared by writing would still be writing back while the next kernel is timed.
        """
        if self._sweep is None:
            n = CACHE_TURNOVERS * self.cache_bytes // torch.int32.itemsize
            self._sweep = torch.zeros(n, dtype=torch.int32, device="cuda")
        self._sweep.amax()

    def free_bytes(self) -> int:
        """The free memory, in bytes."""
        return int(torch.cuda.mem_get_info()[0])

    def capture(self, work: Callable[[], object]) -> Replay:
        """The replay of a CUDA graph of ``work``; MeasurementError where it can't be captured."""
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=torch.cuda.current_stream()):
                work()
        except RuntimeError as error:
            # Ending a capture that has failed fails again, and hides what went wrong first.
            cause = error.__context__ or error
            line = str(cause).strip().partition("\n")[0]
            raise MeasurementError(f"can't be captured into a CUDA graph: {line}") from error
        return cast(Replay, graph.replay)

    def facts(self) -> dict[str, Any]:
        """The GPU's name, compute capability, multiprocessors and cache."""
        found = self._properties
        return {
            "gpu": str(found.name),
            "compute_capability": f"{found.major}.{found.minor}",
            "multiprocessors": int(found.multi_processor_count),
            "cache_bytes": self.cache_bytes,
            "cuda": torch.version.cuda,
        }
