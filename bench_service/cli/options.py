"""Options that several verbs share, and how they change a suite."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench_service.errors import InputError, SuiteError

if TYPE_CHECKING:
    from bench_service.suite import Suite

DEFAULT_SUITE = "quick"

Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="The store: a file, or a URL of SQLite or PostgreSQL. Default: BENCH_SERVICE_DB, "
        "else what `db path` prints.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
RunName = Annotated[
    str,
    typer.Argument(metavar="RUN", help="A run: its id, the beginning of it, a label, or latest."),
]
SuiteName = Annotated[
    str | None,
    typer.Argument(
        metavar="SUITE",
        help="A built-in suite (smoke, quick, standard, rigorous) or a TOML file. Default: quick.",
    ),
]
Activations = Annotated[
    list[str] | None,
    typer.Option(
        "--activation", "-a", metavar="NAME",
        help="In place of the suite's: a name, module:attribute or file.py:attribute. Repeatable.",
    ),
]  # fmt: skip
Backends = Annotated[
    list[str] | None,
    typer.Option("--backend", "-b", metavar="NAME", help="Such as cpu-eager, or auto. Repeatable."),
]
Workloads = Annotated[
    list[str] | None,
    typer.Option(
        "--workload", "-w", metavar="NAME", help="Of training, which this version hasn't."
    ),
]
Kind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="timing: what this version does.")
]
Dtypes = Annotated[
    list[str] | None,
    typer.Option(
        "--dtype", metavar="NAME", help="float32, float64, float16 or bfloat16. Repeatable."
    ),
]
Numels = Annotated[
    list[int] | None,
    typer.Option("--numel", metavar="N", help="Elements of the input. Repeatable."),
]
Passes = Annotated[
    list[str] | None,
    typer.Option(
        "--pass", metavar="NAME", help="forward, backward or forward_backward. Repeatable."
    ),
]
Seeds = Annotated[
    int | None,
    typer.Option("--seeds", metavar="N", help="Of training, which this version hasn't."),
]
Processes = Annotated[
    int | None,
    typer.Option("--processes", metavar="N", help="Forked children per group of cases."),
]
Label = Annotated[str | None, typer.Option("--label", metavar="TEXT", help="A name for the run.")]

_given: dict[str, str | None] = {"db": None}


def remember_database(db: str | None) -> None:
    """Keep the store that was named before the verb."""
    _given["db"] = db


def reset() -> None:
    """Forget what an earlier command line named."""
    _given["db"] = None


def named_database(db: str | None) -> str | None:
    """The store named after the verb, else before it; None where the command line names none."""
    return db or _given["db"]


def database(db: str | None) -> str:
    """The store named after the verb, else before it, else the default one."""
    from db.location import default_url

    return named_database(db) or default_url()


def repeated(db: str | None) -> str:
    """What to append to a command that is suggested: the store, where the user named one.

    A password isn't printed; whoever runs the command puts it in again.
    """
    named = named_database(db)
    if named is None:
        return ""
    from db.location import locate

    place = locate(named)
    return f" --db {shlex.quote(named if place.path is not None else str(place))}"


def chosen_suite(
    name: str | None,
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
    from bench_service.suite import Suite, load_suite

    _refuse_training(kind, workloads, seeds)
    suite = load_suite(DEFAULT_SUITE if name is None else name)
    document: dict[str, Any] = suite.model_dump()
    if activations:
        document["activations"] = activations
    if backends:
        document["backends"] = "auto" if backends == ["auto"] else backends
    timing = {"passes": passes, "dtypes": dtypes, "numels": numels}
    changed: dict[str, Any] = {field: value for field, value in timing.items() if value}
    if processes is not None:
        changed |= {"processes": processes, "max_processes": max(processes, 3)}
    if changed or (suite.timing is None and kind == "timing"):
        document["timing"] = (document["timing"] or {}) | changed
    if kind == "timing":
        document["training"] = None
    return Suite.from_document(document, f"Suite {suite.name!r} with these options")


def _refuse_training(kind: str | None, workloads: list[str] | None, seeds: int | None) -> None:
    if kind not in (None, "timing", "training"):
        raise SuiteError(
            "There is no such kind.",
            got=f"--kind {kind}",
            allowed="timing",
            next_step="leave it out",
        )
    asked = [f"--kind {kind}"] if kind == "training" else []
    asked += [f"--workload {name}" for name in workloads or ()]
    asked += [] if seeds is None else [f"--seeds {seeds}"]
    if asked:
        raise InputError(
            "Training isn't part of this version: it times activations.",
            got=" ".join(asked),
            allowed="--kind timing, which is the default",
            next_step="leave these options out",
        )
