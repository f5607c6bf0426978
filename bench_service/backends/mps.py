"""Apple GPUs: eager calls, by the host's clock."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil
import torch
from torch import Tensor

from bench_service.backends.base import BACKENDS
from bench_service.timing.stopwatch import Stopwatch
from bench_service.timing.synced import SyncedStopwatch

OLDEST_MACOS = 14

# Memory is shared with the processor, and Metal advises to stay within about three quarters of it.
SHARE_OF_MEMORY = 0.75


def why_no_mps(*, is_built: bool, system: str, machine: str, macos: str) -> str | None:
    """Why Metal can't be used, as a sentence; None where it can.

    Not through ``torch.backends.mps.is_available``, which starts Metal, which can't be forked.
    """
    if system != "darwin":
        return f"MPS is for Apple computers, and this one runs {system}"
    if not is_built:
        return f"this torch ({torch.__version__}) is built without MPS"
    if machine != "arm64":
        return f"MPS needs an Apple processor, and this one is {machine}"
    if int(macos.partition(".")[0] or 0) < OLDEST_MACOS:
        return f"MPS needs macOS {OLDEST_MACOS} or later, and this is {macos}"
    return None


@dataclass(frozen=True)
class MpsBackend:
    """Calls queued on an Apple GPU, and the wait for them.

    Only the wall clock: the times of ``torch.mps.Event`` are taken on the host, in a notification
    on another thread (MPSEvent.mm), and there is no way to hold the queue back.
    """

    name: str
    is_compiled: bool = False
    device: str = "mps"
    conditions: tuple[str, ...] = ("wall",)
    forks_after_compile: bool = False
    dtypes: tuple[str, ...] = ("float32", "float16", "bfloat16")  # Metal has no float64

    def unavailable(self) -> str | None:
        """Asked of the build and the system, which leaves Metal unstarted."""
        return why_no_mps(
            is_built=torch.backends.mps.is_built(),
            system=sys.platform,
            machine=platform.machine(),
            macos=platform.mac_ver()[0],
        )

    def device_names(self) -> tuple[str, ...]:
        """The GPU is part of the chip, which the CPU's name tells."""
        return ("Apple GPU",)

    def memory_bytes(self) -> int:
        """The share of the free memory that the GPU may use, in bytes."""
        return int(SHARE_OF_MEMORY * psutil.virtual_memory().available)

    def n_sets(self, condition: str, bytes_per_call: int) -> int:
        """One: a user's loop calls with what is in the cache."""
        return 1

    def prepare(self, condition: str, threads: int) -> None:
        """Fix the number of the host's threads."""
        torch.set_num_threads(threads)

    def compile(self, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        """The function itself."""
        return function

    def stopwatch(self, condition: str) -> Stopwatch:
        """The host's clock from an idle device to an idle device."""
        return SyncedStopwatch(torch.mps.synchronize)

    def facts(self) -> dict[str, Any]:
        """The host's threads and the memory that the driver holds for this process."""
        return {
            "threads": torch.get_num_threads(),
            "driver_bytes": torch.mps.driver_allocated_memory(),
        }


BACKENDS.add("mps-eager", MpsBackend("mps-eager"))
