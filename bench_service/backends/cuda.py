"""NVIDIA GPUs: eager, compiled, and eager calls replayed as one CUDA graph."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from bench_service.backends.base import BACKENDS
from bench_service.backends.compilation import compilation_facts, compile_whole
from bench_service.backends.cuda_session import CudaSession
from bench_service.backends.driver import Driver, TorchBuild, read_driver, why_no_cuda
from bench_service.timing.rotation import sets_to_rotate
from bench_service.timing.stopwatch import Stopwatch

COLD = ("kernel", "graph")
"""The conditions whose calls find nothing of theirs in the cache."""

# Where the driver doesn't say: any GPU that torch still supports has this much.
CAUTIOUS_BYTES = 2 << 30


def build_of_torch() -> TorchBuild:
    """What this torch was built for."""
    return TorchBuild(torch.__version__, torch.version.cuda, torch.version.hip)


@dataclass(frozen=True)
class CudaBackend:
    """Calls queued on a GPU.

    ``kernel`` is the device's time with cold buffers and ``hot`` with the same ones again and
    again, both free of launching; ``wall`` is what a user of Python waits; ``graph`` is ``kernel``
    without a launch for each call. Wall less graph is what launching costs.
    """

    name: str
    is_compiled: bool
    conditions: tuple[str, ...] = ("kernel", "hot", "wall")
    device: str = "cuda"
    forks_after_compile: bool = False  # CUDA doesn't survive a fork
    dtypes: tuple[str, ...] = ("float32", "float16", "bfloat16", "float64")
    read_driver: Callable[[], Driver | None] = field(default=read_driver, repr=False)
    build: Callable[[], TorchBuild] = field(default=build_of_torch, repr=False)
    open_session: Callable[[str], CudaSession] = field(default=CudaSession.open_real, repr=False)
    _sessions: list[CudaSession] = field(default_factory=list, repr=False, compare=False)

    def unavailable(self) -> str | None:
        """Asked of the driver's libraries, which leaves CUDA unstarted; compiling needs Triton."""
        reason = why_no_cuda(self.build(), self.read_driver, os.environ.get("CUDA_VISIBLE_DEVICES"))
        if reason is None and self.is_compiled:
            return _why_no_triton()
        return reason

    def device_names(self) -> tuple[str, ...]:
        """What the driver calls the GPUs."""
        found = self.read_driver()
        return found.names if found else ()

    def memory_bytes(self) -> int:
        """The free memory of the device in use; before that, of the GPU with the least."""
        if self._sessions:
            return self._sessions[0].device.free_bytes()
        found = self.read_driver()
        return min(found.free_bytes, default=CAUTIOUS_BYTES) if found else 0

    def n_sets(self, condition: str, bytes_per_call: int) -> int:
        """Enough to turn the L2 cache over four times where the condition is cold, else one."""
        if condition not in COLD:
            return 1
        return sets_to_rotate(bytes_per_call, self._session.device.cache_bytes)

    def prepare(self, condition: str, threads: int) -> None:
        """Start the GPU, raise its clock and begin to watch it."""
        torch.set_num_threads(threads)
        for session in self._sessions:
            session.close()
        self._sessions[:] = [self.open_session(condition)]

    def compile(self, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        """The function itself, or its compiled form without graph breaks."""
        return compile_whole(function) if self.is_compiled else function

    def stopwatch(self, condition: str) -> Stopwatch:
        """Events around queued calls, a replayed graph, or the host's clock."""
        return self._session.stopwatch(condition)

    def facts(self) -> dict[str, Any]:
        """The GPU, its clock round by round, what spoiled rounds, and what the compiler counted."""
        facts = {"threads": torch.get_num_threads(), **self._session.facts()}
        if self.is_compiled:
            facts |= compilation_facts()
        return facts

    @property
    def _session(self) -> CudaSession:
        return self._sessions[0]


def _why_no_triton() -> str | None:
    if importlib.util.find_spec("triton") is None:
        return "torch.compile for CUDA needs the package triton, and it isn't installed"
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        return "torch.compile for CUDA needs a C compiler, and none is on the path"
    return None


BACKENDS.add("cuda-eager", CudaBackend("cuda-eager", is_compiled=False))
BACKENDS.add("cuda-compile", CudaBackend("cuda-compile", is_compiled=True))
BACKENDS.add("cuda-graph", CudaBackend("cuda-graph", is_compiled=False, conditions=("graph",)))
