"""``runs``: the runs that the store holds."""

from __future__ import annotations

from typing import Any

from bench_service.cli import options
from bench_service.cli.output import console, print_json


def runs(
    limit: options.Limit = 20,
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
        from bench_service.cli.run_list import print_runs

        print_runs(found)
    else:
        console().print("The store holds no runs yet; `bench-service run` makes one.")


def _document(row: dict[Any, Any]) -> dict[str, Any]:
    from bench_service.contract import stored_status
    from bench_service.result import RunStatus

    document = {"id": row["uid"], **row, "status": stored_status(RunStatus(row["status"]))}
    del document["uid"]
    return document
