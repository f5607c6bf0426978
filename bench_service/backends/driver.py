"""Whether an NVIDIA GPU can be used, found out without starting it.

The answer may be asked for by a process that forks later, and CUDA doesn't survive a fork. NVML
and loading the driver's library do no harm; ``torch.cuda.is_available`` starts the driver.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CUDA_LIBRARY = "libcuda.so.1"
NVML_LIBRARY = "libnvidia-ml.so.1"
NAME_BYTES = 96  # NVML_DEVICE_NAME_V2_BUFFER_SIZE of nvml.h

Load = Callable[[str], Any]
"""``load(name)``: a shared library, or OSError."""


@dataclass(frozen=True)
class Driver:
    """What the installed driver says of itself."""

    n_gpus: int
    cuda_version: int | None = None
    """The newest CUDA that it can run, 13020 for 13.2; None where it doesn't say."""
    free_bytes: tuple[int, ...] = ()
    """Free memory of each GPU; empty where it doesn't say."""
    names: tuple[str, ...] = ()
    """Names of the GPUs, such as ``NVIDIA H200``; empty where it doesn't say."""


@dataclass(frozen=True)
class TorchBuild:
    """What this torch was built for."""

    version: str
    cuda: str | None
    hip: str | None = None


class _Memory(ctypes.Structure):
    """nvmlMemory_t of nvml.h."""

    _fields_ = (
        ("total", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    )


def read_driver(load: Load = ctypes.CDLL, devices: Path = Path("/dev")) -> Driver | None:
    """The driver; None where none is installed.

    Containers may have the driver without its management library: then device nodes are counted.
    """
    try:
        load(CUDA_LIBRARY)
    except OSError:
        return None
    try:
        nvml = load(NVML_LIBRARY)
    except OSError:
        return Driver(n_gpus=len(list(devices.glob("nvidia[0-9]*"))))
    if nvml.nvmlInit_v2() != 0:
        return Driver(n_gpus=0)
    try:
        return _ask(nvml)
    finally:
        nvml.nvmlShutdown()


def _ask(nvml: Any) -> Driver:  # noqa: ANN401  # a library loaded by ctypes
    count, version = ctypes.c_uint(0), ctypes.c_int(0)
    if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0:
        return Driver(n_gpus=0)
    says = nvml.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(version)) == 0
    gpus = [gpu for index in range(count.value) if (gpu := _handle(nvml, index)) is not None]
    free = tuple(n for gpu in gpus if (n := _free_bytes(nvml, gpu)) is not None)
    names = tuple(name for gpu in gpus if (name := _name(nvml, gpu)))
    return Driver(count.value, version.value if says else None, free, names)


def _handle(nvml: Any, index: int) -> ctypes.c_void_p | None:  # noqa: ANN401  # as above
    gpu = ctypes.c_void_p()
    found = nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(gpu)) == 0
    return gpu if found else None


def _free_bytes(nvml: Any, gpu: ctypes.c_void_p) -> int | None:  # noqa: ANN401  # as above
    memory = _Memory()
    if nvml.nvmlDeviceGetMemoryInfo(gpu, ctypes.byref(memory)) != 0:
        return None
    return int(memory.free)


def _name(nvml: Any, gpu: ctypes.c_void_p) -> str:  # noqa: ANN401  # as above
    text = ctypes.create_string_buffer(NAME_BYTES)
    if nvml.nvmlDeviceGetName(gpu, text, NAME_BYTES) != 0:
        return ""
    return text.value.decode(errors="replace")


def n_visible(n_gpus: int, visible: str | None) -> int:
    """How many of the GPUs CUDA_VISIBLE_DEVICES leaves; None leaves all.

    As CUDA reads it: the list ends at its first entry that names no GPU. Names that begin with
    letters (UUIDs) are taken at their word.
    """
    if visible is None:
        return n_gpus
    n = 0
    for entry in (part.strip() for part in visible.split(",")):
        is_uuid = entry[:1].isalpha()
        if not (is_uuid or (entry.isdecimal() and int(entry) < n_gpus)):
            break
        n += 1
    return min(n, n_gpus)


def why_no_cuda(
    build: TorchBuild, driver: Callable[[], Driver | None], visible: str | None
) -> str | None:
    """Why CUDA can't be used, as a sentence; None where it can. The driver is asked last."""
    if build.hip:
        return f"this torch ({build.version}) is built for AMD GPUs, and CUDA is NVIDIA's"
    if build.cuda is None:
        return f"this torch ({build.version}) is built without CUDA"
    found = driver()
    if found is None:
        return f"no NVIDIA driver is installed: {CUDA_LIBRARY} can't be loaded"
    if found.n_gpus == 0:
        return "an NVIDIA driver is installed, but it finds no GPU"
    if n_visible(found.n_gpus, visible) == 0:
        return f"CUDA_VISIBLE_DEVICES={visible} hides every GPU"
    if found.cuda_version is not None and found.cuda_version // 1000 < int(
        build.cuda.split(".")[0]
    ):
        newest = f"{found.cuda_version // 1000}.{found.cuda_version % 1000 // 10}"
        return f"the NVIDIA driver runs CUDA up to {newest}, and this torch needs {build.cuda}"
    return None
