"""The CPU: eager and compiled, with the allocator as users get it or kept warm."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil
import torch
from torch import Tensor

from bench_service.backends.base import BACKENDS
from bench_service.backends.compilation import compilation_facts, compile_whole
from bench_service.timing.allocator import keep_arena_warm
from bench_service.timing.stopwatch import HostStopwatch, Stopwatch


@dataclass(frozen=True)
class CpuBackend:
    """Calls on the host, timed by the host's clock."""

    name: str
    is_compiled: bool
    device: str = "cpu"
    conditions: tuple[str, ...] = ("default", "arena")
    forks_after_compile: bool = True
    dtypes: tuple[str, ...] = ("float32", "float64", "bfloat16", "float16")

    def unavailable(self) -> str | None:
        """Compiling needs a C++ compiler; eager mode needs nothing."""
        if self.is_compiled and not any(map(shutil.which, ("c++", "g++", "clang++"))):
            return "torch.compile on the CPU needs a C++ compiler, and none is on the path"
        return None

    def device_names(self) -> tuple[str, ...]:
        """None beside the CPU."""
        return ()

    def memory_bytes(self) -> int:
        """The memory that can be had without swapping, in bytes."""
        return int(psutil.virtual_memory().available)

    def n_sets(self, condition: str, bytes_per_call: int) -> int:
        """One: a user's loop calls with what is in the cache."""
        return 1

    def prepare(self, condition: str, threads: int) -> None:
        """Fix the number of threads, and for ``arena`` keep freed memory in the process."""
        torch.set_num_threads(threads)
        if condition == "arena":
            keep_arena_warm()

    def compile(self, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        """The function itself, or its compiled form without graph breaks."""
        return compile_whole(function) if self.is_compiled else function

    def stopwatch(self, condition: str) -> Stopwatch:  # one clock serves both
        """The host's clock with the counters of the calling thread."""
        return HostStopwatch()

    def facts(self) -> dict[str, Any]:
        """The threads in use, and what the compiler counted."""
        facts: dict[str, Any] = {"threads": torch.get_num_threads()}
        if self.is_compiled:
            facts |= compilation_facts()
        return facts


BACKENDS.add("cpu-eager", CpuBackend("cpu-eager", is_compiled=False))
BACKENDS.add("cpu-compile", CpuBackend("cpu-compile", is_compiled=True))
