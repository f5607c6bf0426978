"""``list``: what can be named on a command line or in a suite."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any

import typer

from bench_service.cli import options
from bench_service.cli.output import NOTHING, complain, console, print_json
from bench_service.errors import InputError

Rows = list[dict[str, Any]]


def list_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="activations, backends, workloads, suites, metrics or claims."
        ),
    ],
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """List what can be named on a command line or in a suite.

    It doesn't depend on the store; --db is taken so that it may stand anywhere.
    """
    if what not in LISTS:
        raise InputError(
            f"There is no list of {what!r}.",
            got=what,
            allowed=", ".join(LISTS),
            next_step="name one of them",
        )
    rows = LISTS[what]()
    if as_json:
        print_json(plain_rows(rows))
    elif not rows:
        console().print(NONE_YET[what])
    else:
        _print(what, rows)


def _print(what: str, rows: Rows) -> None:
    from bench_service.cli.table import Column, print_table

    narrow = NARROW.get(what, {})
    columns = [Column(name.replace("_", " "), **narrow.get(name, {})) for name in rows[0]]
    print_table(console(), columns, [[_cell(value) for value in row.values()] for row in rows])


def plain_rows(rows: Rows) -> Rows:
    """Rows as JSON can hold them: null for what isn't finite."""
    return [
        {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _cell(value: Any) -> str:  # noqa: ANN401  # whatever a row holds
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


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

NONE_YET = {
    "workloads": "There are no workloads in this version: it times activations and trains nothing.",
    "claims": "There are no claims in this version.",
}

NARROW: dict[str, dict[str, dict[str, Any]]] = {
    "activations": {
        "family": {"leaves": 2},
        "shape": {"leaves": 3},
        "formula": {"folds_to": 24},
        "gain": {"right": True, "leaves": 1},
        "source": {"folds_to": 32, "leaves": 4},
    },
    "backends": {
        "conditions": {"leaves": 2, "folds_to": 10},
        "dtypes": {"leaves": 1, "folds_to": 18},
        "reason": {"folds_to": 20},
    },
    "suites": {
        "activations": {"right": True},
        "cases": {"right": True},
        "expected_s": {"right": True},
        "description": {"folds_to": 20},
    },
    "metrics": {"meaning": {"folds_to": 20}},
}
"""What the columns of a list give up on a narrow terminal."""
