"""``runs``: the runs that the store holds."""

from __future__ import annotations

from typing import Annotated

import typer

from bench_service.cli import options
from bench_service.cli.output import console, print_json, table


def runs(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000)] = 20,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """List the newest runs, those of CI among them."""
    from db import queries
    from db.session import open_store

    with open_store(options.database(db), read_only=True) as store:
        found = queries.runs(store, limit)
    if as_json:
        print_json([{"id": row.pop("uid"), **row} for row in found.to_dict("records")])
        return
    columns = ("run", "label", "suite", "from", "status", "started", "cases", "failed", "machine")
    shown = table(*columns, right=("cases", "failed"))
    for row in found.to_dict("records"):
        shown.add_row(
            row["uid"], row["label"] if isinstance(row["label"], str) else "", row["suite"],
            row["trigger"], row["status"], f"{row['started_at']:%Y-%m-%d %H:%M}",
            str(row["n_cases"]), str(row["n_failed"]), row["hardware_label"],
        )  # fmt: skip
    console().print(shown)
