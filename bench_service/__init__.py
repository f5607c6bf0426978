"""Benchmarks of ReLU and its variants that say how far they can be trusted.

A handful of names that do what the command line's verbs do. They are imported when they are first
used: importing this package imports neither torch nor SQLAlchemy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench_service.activations.custom import load_activation as activation
    from bench_service.api import load, plan, resume, run
    from bench_service.suite import Suite

__all__ = ["Suite", "activation", "load", "plan", "resume", "run"]

_HOME = {
    "Suite": ("bench_service.suite", "Suite"),
    "activation": ("bench_service.activations.custom", "load_activation"),
    "load": ("bench_service.api", "load"),
    "plan": ("bench_service.api", "plan"),
    "resume": ("bench_service.api", "resume"),
    "run": ("bench_service.api", "run"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the name stands for
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOME[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
