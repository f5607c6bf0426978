"""What a machine has, and what a suite needs. Neither needs torch."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from pathlib import Path

from bench_service.errors import JobError
from bench_service.suite import Suite

CPU, CUDA, GPU, HOST = "cpu", "cuda", "gpu:", "host:"
_NVIDIA = Path("/proc/driver/nvidia/gpus")
_MODEL = re.compile(r"^Model:\s*(.+?)\s*$", re.MULTILINE)


def routes_here(gpus: Path = _NVIDIA, host: str | None = None) -> tuple[str, ...]:
    """The routes of this machine: ``cpu``, ``host:NAME``, and ``cuda``, ``gpu:NAME`` with a GPU.

    GPUs are what NVIDIA's kernel driver lists (its README, chapter on the /proc interface).
    """
    name = host or platform.node()
    models = sorted({gpu_route(model) for model in gpu_models(gpus)})
    return (CPU, f"{HOST}{name}", *([CUDA, *models] if models else []))


def gpu_models(gpus: Path = _NVIDIA) -> list[str]:
    """The names of the GPUs that the driver lists, one for each."""
    found = []
    for file in sorted(gpus.glob("*/information")):
        try:
            match = _MODEL.search(file.read_text())
        except OSError:
            continue
        if match:
            found.append(match[1])
    return found


def gpu_route(model: str) -> str:
    """The route of a model: ``gpu:H200`` of "NVIDIA H200"."""
    words = [word for word in model.split() if word not in ("NVIDIA", "Tesla", "GeForce")]
    return GPU + "-".join(words)


def route_of(suite: Suite) -> str:
    """What a suite needs where nobody says more: ``cuda`` where it names a backend for it."""
    named = () if suite.backends == "auto" else suite.backends
    return CUDA if any(name.startswith("cuda") for name in named) else CPU


def require_here(wanted: Sequence[str]) -> tuple[str, ...]:
    """These routes, each once; JobError where this machine doesn't have one of them."""
    here = routes_here()
    for route in wanted:
        if checked(route) not in here:
            raise JobError(
                "A worker takes only jobs for what its machine has.",
                got=f"--on {route}",
                allowed=", ".join(here),
                next_step="leave --on out, or start the worker where that is",
            )
    return tuple(dict.fromkeys(wanted))


def checked(route: str) -> str:
    """The route, where it is one; JobError otherwise."""
    if route in (CPU, CUDA) or any(
        route.startswith(kind) and route != kind for kind in (GPU, HOST)
    ):
        return route
    raise JobError(
        "That isn't something a machine can have.",
        got=repr(route),
        allowed=f"{CPU}, {CUDA}, {GPU}NAME (such as gpu:H200), {HOST}NAME",
        next_step="`bench-service jobs --workers` lists what live workers have",
    )
