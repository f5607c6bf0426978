"""``list``: what can be named on a command line or in a suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from bench_service.cli import options
from bench_service.cli.output import console, print_json, table
from bench_service.errors import InputError

Rows = list[dict[str, Any]]


def list_(
    what: Annotated[
        str, typer.Argument(help="activations, backends, workloads, suites, metrics or claims.")
    ],
    as_json: options.AsJson = False,
) -> None:
    """List what can be named."""
    if what not in LISTS:
        raise InputError(f"There is no list of {what!r}.", got=what, allowed=", ".join(LISTS))
    rows = LISTS[what]()
    if as_json:
        print_json(rows)
        return
    if not rows:
        console().print(f"There are no {what} in this version.")
        return
    shown = table(*rows[0])
    for row in rows:
        shown.add_row(*(_cell(value) for value in row.values()))
    console().print(shown)


def _cell(value: Any) -> str:  # noqa: ANN401  # whatever a row holds
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _activations() -> Rows:
    from bench_service.activations import ACTIVATIONS
    from bench_service.activations.constants import constants
    from bench_service.activations.custom import installed_activations

    installed = installed_activations()
    for error in installed.broken.values():
        console(stderr=True).print(str(error), markup=False)
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
            "reason": backend.unavailable() or "",
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


def _nothing_yet() -> Rows:
    return []


LISTS: dict[str, Callable[[], Rows]] = {
    "activations": _activations,
    "backends": _backends,
    "workloads": _nothing_yet,
    "suites": _suites,
    "metrics": _metrics,
    "claims": _nothing_yet,
}
"""What can be listed, and how its rows are made."""
