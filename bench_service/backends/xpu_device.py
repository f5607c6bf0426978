"""An Intel GPU as the stopwatches need it, through torch."""

from __future__ import annotations

from typing import Any, cast

import torch

from bench_service.timing.device import DeviceEvent
from bench_service.timing.rotation import CACHE_TURNOVERS

# Where torch doesn't say; that of the largest Arc cards, rounded up.
USUAL_CACHE_BYTES = 32 << 20


class TorchXpu:
    """The current XPU device of this process, started by making this."""

    can_sleep = False  # torch has no spinning kernel for it

    def __init__(self) -> None:
        torch.xpu.init()
        self._properties = torch.xpu.get_device_properties(torch.xpu.current_device())
        self._sweep: torch.Tensor | None = None

    @property
    def cache_bytes(self) -> int:
        """The size of the last-level cache."""
        return int(getattr(self._properties, "last_level_cache_size", 0) or USUAL_CACHE_BYTES)

    def event(self) -> DeviceEvent:
        """An XPU event that keeps time."""
        event = torch.xpu.Event(enable_timing=True)  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        return cast(DeviceEvent, event)

    def synchronize(self) -> None:
        """Wait until every stream is empty."""
        torch.xpu.synchronize()

    def sleep(self, duration_ns: float) -> None:
        """Nothing: the queue can't be held back."""

    def sweep_cache(self) -> None:
        """Queue a reduction over a buffer of several caches: lines that are only read are clean."""
        if self._sweep is None:
            n = CACHE_TURNOVERS * self.cache_bytes // torch.int32.itemsize
            self._sweep = torch.zeros(n, dtype=torch.int32, device="xpu")
        self._sweep.amax()

    def free_bytes(self) -> int:
        """The free memory, in bytes."""
        return int(torch.xpu.mem_get_info()[0])

    def facts(self) -> dict[str, Any]:
        """The GPU's name, driver and cache."""
        found = self._properties
        return {
            "gpu": str(found.name),
            "driver": str(getattr(found, "driver_version", "")),
            "cache_bytes": self.cache_bytes,
        }
