"""Facts about this machine and its software, and their fingerprints."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from bench_service.result import fingerprint

Facts = dict[str, Any]

# Variables that change what is measured: threads, allocator, compiler, device.
VARIABLES = re.compile(
    r"^(OMP|MKL|KMP|GOMP|OPENBLAS|MALLOC|GLIBC_TUNABLES|LD_PRELOAD|TORCH|PYTORCH|CUDA|NVIDIA_TF32)"
)
PACKAGES = ("torch", "numpy", "triton", "bench-service")
TORCH_FACTS = (
    "torch_config_sha256",
    "torch_git",
    "cpu_capability",
    "cuda",
    "float32_matmul_precision",
)
"""What only an imported torch can say of itself."""


@dataclass(frozen=True)
class Environment:
    """Hardware and software facts. Only equal fingerprints may be compared over time."""

    hardware: Facts
    software: Facts
    state: Facts = field(default_factory=dict)
    """What may differ from run to run on one machine: load, frequency, free memory."""

    @property
    def hardware_fingerprint(self) -> str:
        """Fingerprint of the hardware facts."""
        return fingerprint(self.hardware)

    @property
    def software_fingerprint(self) -> str:
        """Fingerprint of the software facts."""
        return fingerprint(self.software)

    @property
    def hardware_label(self) -> str:
        """The machine in a few words."""
        gpus = self.hardware["gpus"]
        cpu = f"{self.hardware['cpu_model']}, {self.hardware['cores']} cores"
        return f"{cpu}, {', '.join(gpus)}" if gpus else cpu

    @property
    def software_label(self) -> str:
        """The versions that matter most."""
        return f"Python {self.software['python']}, torch {self.software['packages']['torch']}"


def code_facts(folder: Path) -> Facts:
    """Commit and state of the checkout that a folder is in; empty where it is in none."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return {}
    return {"commit": commit, "is_dirty": bool(_git(folder, "status", "--porcelain"))}


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(  # noqa: S603  # fixed words, no shell
            command, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def read_environment(*, import_torch: bool = True) -> Environment:
    """The facts as they are now. Starts no device.

    Without ``import_torch`` a process that hasn't imported torch isn't made to: ``gpus`` is then
    empty, since it can't have used one, and what only torch knows of itself is None. Its version
    is always there. What measures with torch imports it, so that its fingerprints match.
    """
    asks_torch = import_torch or "torch" in sys.modules
    return Environment(_hardware(asks_torch), _software(asks_torch), _state())


def _hardware(asks_torch: bool) -> Facts:
    memory_gib = round(psutil.virtual_memory().total / 2**30)
    return {
        "machine": platform.machine(),
        "cpu_model": _cpu_field("model name") or platform.processor() or "unknown CPU",
        "cpu_stepping": _cpu_field("stepping"),
        "cores": psutil.cpu_count(logical=False),
        "threads": psutil.cpu_count(),
        "caches": _caches(),
        "memory_gib": memory_gib,
        "is_virtual": "hypervisor" in _cpu_field("flags").split(),
        "gpus": _gpus() if asks_torch else [],
    }


def _gpus() -> list[str]:
    from bench_service.backends import BACKENDS

    usable = [backend for backend in BACKENDS if backend.unavailable() is None]
    return sorted({name for backend in usable for name in backend.device_names()})


def _cpu_field(name: str) -> str:
    text = _read(Path("/proc/cpuinfo"))
    found = re.search(rf"^{re.escape(name)}\s*:\s*(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _caches() -> dict[str, str]:
    base = Path("/sys/devices/system/cpu/cpu0/cache")
    caches = {}
    for index in sorted(base.glob("index*")):
        level, kind = _read(index / "level"), _read(index / "type")
        caches[f"L{level}{kind[:1].lower() if kind != 'Unified' else ''}"] = _read(index / "size")
    return caches


def _software(asks_torch: bool) -> Facts:
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "packages": {name: _version(name) for name in PACKAGES},
        **(_torch_facts() if asks_torch else dict.fromkeys(TORCH_FACTS)),
        "system": platform.system(),
        "kernel": platform.release(),
        "libc": "-".join(platform.libc_ver()),
        "huge_pages": _chosen(_read(Path("/sys/kernel/mm/transparent_hugepage/enabled"))),
        "clock_source": _read(
            Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        ),
        "governor": _read(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        "cpu_quota": _read(Path("/sys/fs/cgroup/cpu.max")),
        "affinity": _affinity(),
        "variables": {
            name: value for name, value in sorted(os.environ.items()) if VARIABLES.match(name)
        },
    }


def _torch_facts() -> Facts:
    import torch

    config = torch.__config__.show()
    said = (
        hashlib.sha256(config.encode()).hexdigest()[:16],
        str(torch.version.git_version),
        torch.backends.cpu.get_cpu_capability(),
        torch.version.cuda,
        torch.get_float32_matmul_precision(),
    )
    return dict(zip(TORCH_FACTS, said, strict=True))


def _state() -> Facts:
    frequency: Any = psutil.cpu_freq()  # None in some containers, which its types leave out
    times = psutil.cpu_times()
    return {
        "host": platform.node(),
        "boot_time": int(psutil.boot_time()),
        "pid": os.getpid(),
        "process_started": psutil.Process().create_time(),
        "load_average": list(psutil.getloadavg()),
        "free_memory_gib": round(psutil.virtual_memory().available / 2**30, 1),
        "cpu_mhz": round(frequency.current) if frequency else None,
        "steal_s": getattr(times, "steal", None),
        "pressure": _read(Path("/proc/pressure/cpu")).partition("\n")[0],
    }


def _affinity() -> list[int]:
    return sorted(getattr(os, "sched_getaffinity", lambda _pid: ())(0))


def _chosen(text: str) -> str:
    found = re.search(r"\[(\w+)\]", text)
    return found[1] if found else text


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
