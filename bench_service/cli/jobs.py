"""``jobs`` and ``cancel``: what was asked of workers, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench_service.cli import options
from bench_service.cli.output import complain, console, print_json
from bench_service.errors import InputError

if TYPE_CHECKING:
    from db.session import Store

JobName = Annotated[
    str,
    typer.Argument(metavar="JOB", help="A job: its id, the beginning of it, a label, or latest."),
]


def jobs(
    job: Annotated[
        str | None,
        typer.Argument(
            metavar="[JOB]",
            help="One job with its attempts and log: its id, the beginning of it, a label, or "
            "latest.",
        ),
    ] = None,
    workers: Annotated[
        bool, typer.Option("--workers", help="The workers instead, and what they have.")
    ] = False,
    limit: options.Limit = 20,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """List the newest jobs, the newest first, with their workers and what became of them."""
    from db.session import open_store

    if job is not None and workers:
        raise InputError(
            "A job and the workers are two questions.",
            got=f"{job} --workers",
            next_step="leave one of them out",
        )
    with open_store(options.database(db), read_only=True) as store:
        if job is not None:
            _show_job(store, job, as_json=as_json)
        else:
            (_list_workers if workers else _list_jobs)(store, limit, as_json=as_json)


def _show_job(store: Store, reference: str, *, as_json: bool) -> None:
    from db import queries

    uid = queries.find_job(store, reference)
    (row,) = queries.jobs(store, uid=uid).to_dict("records")
    attempts = queries.job_attempts(store, uid).to_dict("records")
    if as_json:
        _print_plain({**_document(row), "attempts": attempts})
        return
    from bench_service.cli.job_page import print_job

    print_job(row, attempts)


def _list_jobs(store: Store, limit: int, *, as_json: bool) -> None:
    from bench_service.cli.job_list import print_jobs
    from bench_service.service.submission import live_workers
    from db import queries

    found = queries.jobs(store, limit=limit).to_dict("records")
    if as_json:
        _print_plain([_document(row) for row in found])
    elif not found:
        console().print("No job has been here yet; `bench-service submit` begins.")
    else:
        print_jobs(found, {route for has in live_workers(store)["routes"] for route in has or ()})


def _list_workers(store: Store, limit: int, *, as_json: bool) -> None:
    from bench_service.cli.job_list import print_workers
    from db import queries

    found = queries.workers(store, limit=limit).to_dict("records")
    if as_json:
        _print_plain([_document(row) for row in found])
    elif not found:
        console().print("No worker has been here yet; `bench-service worker` begins.")
    else:
        print_workers(found)


def _print_plain(document: Any) -> None:  # noqa: ANN401  # any document
    from bench_service.contract import plain

    print_json(plain(document))


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
        (before,) = queries.jobs(store, uid=uid).to_dict("records")
    complain(f"Job {uid} had ended before ({before['status']}); nothing changed.")


def _document(row: dict[Any, Any]) -> dict[str, Any]:
    return {{"uid": "id"}.get(str(key), str(key)): value for key, value in row.items()}
