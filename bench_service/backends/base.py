"""What a backend is: a device and an execution mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch

from bench_service.registry import Registry
from bench_service.timing.stopwatch import Stopwatch


class Backend(Protocol):
    """A device and an execution mode.

    A backend is a small frozen value. ``stopwatch`` and ``compile`` are called in the measuring
    child alone; ``unavailable`` may be asked anywhere, and must not start the device.
    """

    @property
    def name(self) -> str:
        """The backend's name, such as ``cpu-eager``."""
        ...

    @property
    def device(self) -> str:
        """The torch device type: ``cpu``, ``cuda``, ``mps`` or ``xpu``."""
        ...

    @property
    def conditions(self) -> tuple[str, ...]:
        """The views of one case that this backend can measure, the main one first."""
        ...

    @property
    def is_compiled(self) -> bool:
        """True where the activation goes through ``torch.compile``."""
        ...

    @property
    def forks_after_compile(self) -> bool:
        """True where children can be forked from a process that has compiled."""
        ...

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The floating dtypes that can be timed here."""
        ...

    def unavailable(self) -> str | None:
        """Why this backend can't run on this machine, as a sentence; None where it can."""
        ...

    def device_names(self) -> tuple[str, ...]:
        """The names of the devices beside the CPU; empty where they don't say. Starts none."""
        ...

    def memory_bytes(self) -> int:
        """The free memory of the device, in bytes."""
        ...

    def n_sets(self, condition: str, bytes_per_call: int) -> int:
        """How many sets of buffers a call rotates through: 1 where the same serve every call.

        The child makes that many inputs (``rotation.copies``), one workpiece on each, and times
        ``rotation.rotating`` of their calls. Asked after ``prepare``: it may start the device.
        """
        ...

    def prepare(self, condition: str, threads: int) -> None:
        """Set the child up for a condition before anything is allocated."""
        ...

    def compile(self, function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        """The function as this backend runs it: itself, or its compiled form."""
        ...

    def stopwatch(self, condition: str) -> Stopwatch:
        """A stopwatch for a condition."""
        ...

    def facts(self) -> dict[str, Any]:
        """What to record beside a child's times: clocks, throttling, counters of compilation."""
        ...


BACKENDS: Registry[Backend] = Registry("backend")
