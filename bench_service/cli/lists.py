"""The rows of every list: what can be named on a command line or in a suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench_service.cli.output import complain

Rows = list[dict[str, Any]]


def _activations() -> Rows:
    from bench_service.activations import ACTIVATIONS
    from bench_service.activations.constants import constants
    from bench_service.activations.custom import installed_activations

    installed = installed_activations()
    for error in installed.broken.values():
        complain(error)
    return [
        {
            "name": a.name,
            "family": a.family,
            "shape": a.shape_class.value,
            "formula": a.formula,
            "gain": constants(a).gain if a.shape_class.keeps_width else None,
            "source": a.source,
        }
        for a in (*ACTIVATIONS, *installed.found.values())
    ]


def _backends() -> Rows:
    from bench_service.backends import BACKENDS

    return [
        {
            "name": backend.name,
            "available": backend.unavailable() is None,
            "conditions": ", ".join(backend.conditions),
            "dtypes": ", ".join(backend.dtypes),
            "reason": backend.unavailable(),
        }
        for backend in BACKENDS
    ]


def _suites() -> Rows:
    from bench_service.planning import expected_seconds, make_plan
    from bench_service.suite import BUILT_IN, load_suite

    rows = []
    for name in BUILT_IN:
        suite = load_suite(name)
        plan = make_plan(suite)
        rows.append(
            {
                "name": name,
                "activations": len(suite.activations),
                "cases": len(plan.cases),
                "slices": plan.training.n_slices,
                "expected_s": round(expected_seconds(plan)),
                "description": suite.description,
            }
        )
    return rows


def _metrics() -> Rows:
    from bench_service.quantities import QUANTITIES

    return [
        {"name": q.symbol, "meaning": q.long_name, "unit": q.unit, "better": q.better}
        for q in QUANTITIES.values()
    ]


def _workloads() -> Rows:
    from bench_service.workloads import WORKLOADS

    return [
        {
            "name": w.name,
            "version": w.version,
            "optimizer": w.optimizer.name,
            "steps": w.n_steps,
            "target": f"{w.target.metric} {w.target.value:g}" if w.target else None,
            "available": w.unavailable() is None,
            "reason": w.unavailable(),
            "description": w.description,
        }
        for w in WORKLOADS
    ]


def _nothing_yet() -> Rows:
    return []


LISTS: dict[str, Callable[[], Rows]] = {
    "activations": _activations,
    "backends": _backends,
    "workloads": _workloads,
    "suites": _suites,
    "metrics": _metrics,
    "claims": _nothing_yet,
}
"""What can be listed, and how its rows are made."""
