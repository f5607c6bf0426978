"""``jobs`` and ``cancel``: what was asked of workers, and how far it is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bench_service.cli import options
from bench_service.cli.output import complain, console, print_json

JobName = Annotated[
    str,
    typer.Argument(metavar="JOB", help="A job: its id, the beginning of it, a label, or latest."),
]


def jobs(
    workers: Annotated[
        bool, typer.Option("--workers", help="The workers instead, and what they have.")
    ] = False,
    limit: options.Limit = 20,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """List the newest jobs, the newest first, with their workers and what became of them."""
    from bench_service.contract import plain
    from db import queries
    from db.session import open_store

    with open_store(options.database(db), read_only=True) as store:
        ask = queries.workers if workers else queries.jobs
        found = ask(store, limit=limit).to_dict("records")
    if as_json:
        print_json(plain([_document(row) for row in found]))
    elif not found:
        what = "worker has" if workers else "job has"
        verb = "worker" if workers else "submit"
        console().print(f"No {what} been here yet; `bench-service {verb}` begins.")
    else:
        from bench_service.cli.job_list import print_jobs, print_workers

        (print_workers if workers else print_jobs)(found)


def cancel(job: JobName, db: options.Database = None) -> None:
    """Cancel a job: one that waits is never measured, one that is measured stops within seconds.

    What was measured of it by then is kept.
    """
    from bench_service.service.submission import cancel as cancel_in
    from db import queries
    from db.session import open_store

    with open_store(options.database(db), create=False) as store:
        uid = queries.find_job(store, job)
        if cancel_in(store, uid):
            console().print(f"Job {uid} is cancelled.")
            return
    complain(f"Job {uid} had ended before; nothing changed.")


def _document(row: dict[Any, Any]) -> dict[str, Any]:
    return {{"uid": "id"}.get(str(key), str(key)): value for key, value in row.items()}
