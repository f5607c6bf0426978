"""``submit``: ask for a suite to be measured by a worker."""

from __future__ import annotations

from bench_service.cli import options
from bench_service.cli.asked import Asked, taking_asked
from bench_service.cli.chosen import checked_suite
from bench_service.cli.output import complain, console, print_json


@taking_asked
def submit(
    asked: Asked,
    on: options.Route = None,
    seed: options.Seed = None,
    priority: options.Priority = 100,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Ask for a suite to be measured by a worker; comes back at once.

    It is measured once, whatever crashes. `bench-service jobs` shows how far it is.
    """
    suite = checked_suite(asked)
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
            f"next: `bench-service worker{options.repeated(db)}` on a machine that has {job.route}"
        )
