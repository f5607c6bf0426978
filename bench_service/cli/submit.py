"""``submit``: ask for a suite to be measured by a worker."""

from __future__ import annotations

from typing import Annotated

import typer

from bench_service.cli import options
from bench_service.cli.asked import Asked, taking_asked
from bench_service.cli.chosen import chosen_suite
from bench_service.cli.output import complain, console, print_json

Route = Annotated[
    str | None,
    typer.Option(
        "--on", metavar="WHAT",
        help="What the machine must have: cpu, cuda, gpu:NAME or host:NAME. Default: cpu, or cuda "
        "for a suite that names a backend for it.",
    ),
]  # fmt: skip


@taking_asked
def submit(
    asked: Asked,
    on: Route = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", help="Fixes order and inputs. Default: a new one."),
    ] = None,
    priority: Annotated[
        int, typer.Option("--priority", metavar="N", min=1, max=1000, help="1 is the most urgent.")
    ] = 100,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Ask for a suite to be measured by a worker; comes back at once.

    It is measured once, whatever crashes. `bench-service jobs` shows how far it is.
    """
    suite = chosen_suite(asked)
    from bench_service.service.submission import submit as submit_to
    from db.session import open_store

    with open_store(options.database(db)) as store:
        done = submit_to(store, suite, route=on, label=asked.label, seed=seed, priority=priority)
    job = done.job
    if as_json:
        print_json(
            {"id": job.uid, "label": job.label, "suite": suite.name, "route": job.route,
             "takers": list(done.takers)}
        )  # fmt: skip
    else:
        console().print(f"Job {job.uid}: suite {suite.name}, for a machine with {job.route}.")
    if not done.takers:
        others = "; ".join(done.live) or "none"
        complain(
            f"No live worker has {job.route}, so it waits until one has. Live workers: {others}.\n"
            f"next: start one there with `bench-service worker{options.repeated(db)}`"
        )
