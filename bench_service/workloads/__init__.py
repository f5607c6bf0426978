"""The training tasks: each module of this package that adds to ``WORKLOADS`` is one, or several."""

from importlib import import_module
from pkgutil import iter_modules

from bench_service.workloads.base import (
    WORKLOADS,
    ActivationFactory,
    Batch,
    LrPolicy,
    Networks,
    Optimizer,
    Play,
    Stream,
    Target,
    Task,
    Workload,
)

__all__ = [
    "WORKLOADS",
    "ActivationFactory",
    "Batch",
    "LrPolicy",
    "Networks",
    "Optimizer",
    "Play",
    "Stream",
    "Target",
    "Task",
    "Workload",
]

for _found in iter_modules(__path__):
    import_module(f"{__name__}.{_found.name}")
