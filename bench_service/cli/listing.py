"""``list``: what can be named on a command line or in a suite."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from bench_service.cli import options
from bench_service.cli.lists import LISTS, Rows
from bench_service.cli.output import NOTHING, console, print_json
from bench_service.errors import InputError

NONE_YET = {
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
    "metrics": {"meaning": {"folds_to": 20}, "unit": {"leaves": 1}},
    "workloads": {
        "version": {"right": True, "leaves": 4},
        "optimizer": {"leaves": 2},
        "steps": {"right": True, "leaves": 3},
        "target": {"leaves": 1},
        "available": {"leaves": 5},
        "reason": {"leaves": 6, "folds_to": 20},
        "description": {"folds_to": 20},
    },
}
"""What the columns of a list give up on a narrow terminal."""


def list_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="activations, backends, workloads, suites, metrics or claims."
        ),
    ],
    as_json: options.AsJson = False,
    db: options.UnusedDatabase = None,
) -> None:
    """List what can be named on a command line or in a suite."""
    options.say_unused(db, "list")
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
