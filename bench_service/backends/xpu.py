"""Intel GPUs: eager calls, by events and by the host's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bench_service.backends.base import BACKENDS
from bench_service.backends.xpu_device import TorchXpu
from bench_service.timing.cuda_clock import EventStopwatch
from bench_service.timing.device import Device
from bench_service.timing.rotation import sets_to_rotate
from bench_service.timing.span import SpanClock
from bench_service.timing.stopwatch import Stopwatch
from bench_service.timing.synced import SyncedStopwatch

DRM = Path("/sys/class/drm")
INTEL = "0x8086"

# Before the device is started nothing says how much it has.
CAUTIOUS_BYTES = 2 << 30


def vendors_of_gpus(drm: Path = DRM) -> tuple[str, ...]:
    """The PCI vendors of the GPUs that the kernel has drivers for (Linux's sysfs)."""
    return tuple(path.read_text().strip() for path in sorted(drm.glob("renderD*/device/vendor")))


def why_no_xpu(*, build: str | None, vendors: Iterable[str]) -> str | None:
    """Why an Intel GPU can't be used, as a sentence; None where it can.

    Not through ``torch.xpu.is_available``, which starts the SYCL runtime, which can't be forked.
    """
    if build is None:
        return f"this torch ({torch.__version__}) is built without XPU"
    if INTEL not in vendors:
        return "no Intel GPU has a driver here"
    return None


class XpuSession:
    """A started Intel GPU and the clock of its queue."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.spans = SpanClock(device)


@dataclass(frozen=True)
class XpuBackend:
    """Calls queued on an Intel GPU.

    ``kernel`` is timed by events on cold buffers. Nothing holds the queue back, so that short
    kernels show the time between launches: the facts count those blocks.
    """

    name: str
    is_compiled: bool = False
    device: str = "xpu"
    conditions: tuple[str, ...] = ("kernel", "wall")
    forks_after_compile: bool = False
    dtypes: tuple[str, ...] = ("float32", "float16", "bfloat16")  # many have no float64
    open_device: Callable[[], Device] = field(default=TorchXpu, repr=False)
    _sessions: list[XpuSession] = field(default_factory=list, repr=False, compare=False)

    def unavailable(self) -> str | None:
        """Asked of the build and the kernel, which leaves the runtime unstarted."""
        return why_no_xpu(build=torch.version.xpu, vendors=vendors_of_gpus())

    def device_names(self) -> tuple[str, ...]:
        """A word for all of them: their names are to be had from a started device alone."""
        return ("Intel GPU",)

    def memory_bytes(self) -> int:
        """The free memory of the device in use; before there is one, a cautious guess."""
        return self._session.device.free_bytes() if self._sessions else CAUTIOUS_BYTES

    def n_sets(self, condition: str, bytes_per_call: int) -> int:
        """Enough to turn the cache over four times for ``kernel``, else one."""
        if condition != "kernel":
            return 1
        return sets_to_rotate(bytes_per_call, self._session.device.cache_bytes)

    def prepare(self, condition: str, threads: int) -> None:
        """Start the GPU and fix the number of the host's threads."""
        torch.set_num_threads(threads)
        self._sessions[:] = [XpuSession(self.open_device())]

    def compile(self, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        """The function itself."""
        return function

    def stopwatch(self, condition: str) -> Stopwatch:
        """Events around queued calls, or the host's clock."""
        if condition == "wall":
            return SyncedStopwatch(self._session.device.synchronize)
        return EventStopwatch(self._session.spans)

    def facts(self) -> dict[str, Any]:
        """The GPU, and how many blocks had gaps between launches."""
        session = self._session
        return {"threads": torch.get_num_threads()} | session.device.facts() | session.spans.facts()

    @property
    def _session(self) -> XpuSession:
        return self._sessions[0]


BACKENDS.add("xpu-eager", XpuBackend("xpu-eager"))
