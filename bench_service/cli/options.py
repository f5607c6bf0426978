"""Options that several verbs share."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from bench_service.cli.output import complain

Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="The store: a file, or a URL of SQLite or PostgreSQL. Default: BENCH_SERVICE_DB, "
        "else what `db path` prints.",
    ),
]
UnusedDatabase = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="Not needed: this verb neither reads nor writes a store. It is accepted as everywhere "
        "else, and a line on stderr says that it changed nothing.",
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
        "--workload", "-w", metavar="NAME", help="To train, in place of the suite's. Repeatable."
    ),
]
Kind = Annotated[
    str | None,
    typer.Option("--kind", metavar="KIND", help="timing or training alone. Default: both."),
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
        "--pass", metavar="NAME", help="forward, backward, forward_backward or step. Repeatable."
    ),
]
Seeds = Annotated[
    int | None,
    typer.Option("--seeds", metavar="N", help="Of training: evaluation seeds of each workload."),
]
Processes = Annotated[
    int | None,
    typer.Option("--processes", metavar="N", help="Forked children per group of cases."),
]
Label = Annotated[str | None, typer.Option("--label", metavar="TEXT", help="A name for the run.")]

Limit = Annotated[
    int, typer.Option("--limit", "-n", metavar="N", min=1, max=10_000, help="At most so many.")
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", help="Fixes order and inputs. Default: a new one."),
]
Priority = Annotated[
    int, typer.Option("--priority", metavar="N", min=1, max=1000, help="1 is the most urgent.")
]
Route = Annotated[
    str | None,
    typer.Option(
        "--on", metavar="WHAT",
        help="What the machine must have: cpu, cuda, gpu:NAME or host:NAME. Default: cpu, or cuda "
        "for a suite that names a backend for it.",
    ),
]  # fmt: skip

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


def say_unused(db: str | None, verb: str) -> None:
    """Say that a store was named to a verb that has no use for one."""
    if named_database(db) is not None:
        complain(f"--db changed nothing: `{verb}` neither reads nor writes a store.")


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
