"""``runs``: the runs that the store holds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bench_service.cli import options
from bench_service.cli.output import NOTHING, console, print_json


def runs(
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="N", min=1, max=10_000, help="At most so many.")
    ] = 20,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """List the newest runs, the newest first; test sessions recorded in CI are among them."""
    from bench_service.contract import plain
    from db import queries
    from db.session import open_store

    with open_store(options.database(db), read_only=True) as store:
        found = queries.runs(store, limit).to_dict("records")
    if as_json:
        print_json(plain([_document(row) for row in found]))
    elif found:
        _print(found)
    else:
        console().print("The store holds no runs yet; `bench-service run` makes one.")


def _document(row: dict[Any, Any]) -> dict[str, Any]:
    from bench_service.contract import stored_status
    from bench_service.result import RunStatus

    document = {"id": row["uid"], **row, "status": stored_status(RunStatus(row["status"]))}
    del document["uid"]
    return document


def _print(found: list[Any]) -> None:
    from bench_service.cli.table import Column, print_table

    columns = (
        Column("run"), Column("label", folds_to=16), Column("suite", folds_to=12, leaves=1),
        Column("from", leaves=3), Column("status"), Column("started (UTC)", leaves=2),
        Column("cases", right=True), Column("failed", right=True, leaves=4),
        Column("skipped", right=True, leaves=5),
    )  # fmt: skip
    out = console()
    rows = [
        (
            row["uid"], row["label"] if isinstance(row["label"], str) else "", row["suite"],
            row["trigger"], row["status"], f"{row['started_at']:%Y-%m-%d %H:%M}",
            *(_count(row, name) for name in ("n_cases", "n_failed", "n_skipped")),
        )
        for row in found
    ]  # fmt: skip
    print_table(out, columns, rows)
    machines = list(dict.fromkeys(row["hardware_label"] for row in found))
    out.print(f"\nMeasured on: {'; '.join(machines)}.")
    if any(row["trigger"] == "ci" for row in found):
        out.print(
            "Runs from ci hold what pytest-benchmark measured; `bench-service show RUN` lists it."
        )


def _count(row: dict[str, Any], name: str) -> str:
    is_session = row["trigger"] == "ci" and not row["n_cases"]
    return NOTHING if is_session else f"{row[name]:,}"
