"""Options that several verbs share, and how they change a suite."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bench_service.errors import SuiteError
from bench_service.suite import Suite, TimingSuite, load_suite

Database = Annotated[
    str | None,
    typer.Option(
        "--db", metavar="URL", help="The store: a file, or a URL of SQLite or PostgreSQL."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
SuiteName = Annotated[
    str, typer.Argument(metavar="[SUITE]", help="A built-in suite or a TOML file.")
]
Activations = Annotated[
    list[str] | None,
    typer.Option(
        "--activation", "-a", help="Name, module:attribute or file.py:attribute. Repeatable."
    ),
]
Backends = Annotated[list[str] | None, typer.Option("--backend", "-b", help="Repeatable.")]
Workloads = Annotated[list[str] | None, typer.Option("--workload", "-w", help="Repeatable.")]
Kind = Annotated[str | None, typer.Option("--kind", help="timing or training; default both.")]
Dtypes = Annotated[list[str] | None, typer.Option("--dtype", help="Repeatable.")]
Numels = Annotated[list[int] | None, typer.Option("--numel", help="Elements. Repeatable.")]
Passes = Annotated[
    list[str] | None,
    typer.Option("--pass", help="forward, backward or forward_backward. Repeatable."),
]
Seeds = Annotated[int | None, typer.Option("--seeds", help="Training seeds.")]
Processes = Annotated[
    int | None, typer.Option("--processes", help="Forked children per group of cases.")
]
Label = Annotated[str | None, typer.Option("--label", help="A name for the run.")]

_given: dict[str, str | None] = {"db": None}


def remember_database(db: str | None) -> None:
    """Keep the store that was named before the verb."""
    _given["db"] = db


def reset() -> None:
    """Forget what an earlier command line named."""
    _given["db"] = None


def database(db: str | None) -> str:
    """The store named after the verb, else before it, else the default one."""
    from db.location import default_url

    return db or _given["db"] or default_url()


def chosen_suite(
    name: str,
    *,
    activations: list[str] | None = None,
    backends: list[str] | None = None,
    workloads: list[str] | None = None,
    kind: str | None = None,
    dtypes: list[str] | None = None,
    numels: list[int] | None = None,
    passes: list[str] | None = None,
    seeds: int | None = None,
    processes: int | None = None,
) -> Suite:
    """The suite of that name with the given options in place of its fields."""
    if kind not in (None, "timing", "training"):
        raise SuiteError("There is no such kind.", got=str(kind), allowed="timing, training")
    suite = load_suite(name)
    document: dict[str, Any] = suite.model_dump()
    if activations:
        document["activations"] = activations
    if backends:
        document["backends"] = "auto" if backends == ["auto"] else backends
    timing = {"passes": passes, "dtypes": dtypes, "numels": numels, "processes": processes}
    changed = {field: value for field, value in timing.items() if value}
    if processes is not None:
        changed |= {"processes": processes, "max_processes": max(processes, 3)}
    if changed or (suite.timing is None and kind == "timing"):
        base = suite.timing or TimingSuite()
        document["timing"] = base.model_dump() | changed
    if workloads or seeds:
        given = {"workloads": workloads, "seeds": seeds}
        document["training"] = (document["training"] or {}) | {
            field: value for field, value in given.items() if value
        }
    if kind == "timing":
        document["training"] = None
    if kind == "training":
        document["timing"] = None
    return Suite.from_document(document, f"Suite {suite.name!r} with these options")
