"""``schedule``: suites that are measured at times of their own."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from bench_service.cli import options
from bench_service.cli.asked import Asked, taking_asked
from bench_service.cli.chosen import checked_suite
from bench_service.cli.output import complain, console, print_json
from bench_service.errors import JobError

app = typer.Typer(
    help="Suites that workers measure at times of their own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the schedule.")]


@taking_asked
def add(
    asked: Asked,
    name: Name,
    cron: Annotated[
        str,
        typer.Argument(
            metavar="CRON",
            help="Minute, hour, day of month, month, day of week, in quotes: '30 2 * * *'.",
        ),
    ],
    time_zone: Annotated[
        str, typer.Option("--time-zone", metavar="ZONE", help="Such as Europe/Berlin.")
    ] = "UTC",
    missed: Annotated[
        str,
        typer.Option(
            "--missed", metavar="HOW",
            help="What passed while nobody looked: once (the newest alone leads to a job), skip "
            "(none older than ten minutes does) or all.",
        ),
    ] = "once",
    on: options.Route = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", help="Of all its jobs. Default: a new one for each."),
    ] = None,
    priority: options.Priority = 100,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:  # fmt: skip
    """Have a suite measured whenever the clocks of a zone say so, from now on.

    The suite is kept as it is now: later changes of its file change nothing. Where clocks are put
    forward or back, a moment that is left out or comes twice leads to one job.
    """
    from datetime import UTC, datetime

    from bench_service.beginning import require_sound
    from bench_service.service.cron import checked_cron
    from bench_service.service.routing import checked, route_of
    from bench_service.service.schedules import Schedules, document_of
    from bench_service.service.submission import submitter
    from db.session import open_store

    if asked.label is not None:
        raise JobError(
            "The jobs of a schedule are named after it and the moment.",
            got=f"--label {asked.label}",
            next_step="leave --label out",
        )
    if seed is not None:
        require_sound(None, seed)
    when = checked_cron(cron, time_zone, datetime.now(UTC))
    suite = checked_suite(asked)
    route = route_of(suite) if on is None else checked(on)
    document = document_of(suite, os.getcwd(), seed=seed, priority=priority)  # noqa: PTH109
    with open_store(options.database(db)) as store:
        added = Schedules(store).add(
            name, when, document, route=route, created_by=submitter(), missed=missed
        )
    first = next(when.after(added.created_at))
    if as_json:
        print_json({"name": name, "suite": suite.name, "route": route, "next": first.isoformat()})
    else:
        console().print(
            f"Schedule {name}: suite {suite.name}, for a machine with {route}, first due at "
            f"{first:%Y-%m-%d %H:%M} UTC."
        )


def list_(
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Say only what is wrong; exit status 1 where anything is. For cron jobs that "
            "watch.",
        ),
    ] = False,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """List the schedules: when each is due next, and what became of the last time."""
    from datetime import UTC, datetime

    from bench_service.contract import plain
    from bench_service.service.outlook import outlook
    from db.session import open_store

    with open_store(options.database(db), read_only=True) as store:
        found = outlook(store, datetime.now(UTC))
    wrong = [one.problem for one in found if one.problem]
    found = [one for one in found if one.problem] if check else found
    if as_json:
        print_json(plain([asdict(one) for one in found]))
    elif not found and not check:
        console().print("No schedule stands; `bench-service schedule add` makes one.")
    elif not check:
        from bench_service.cli.schedule_list import print_schedules

        print_schedules(found)
    for problem in wrong:
        complain(problem)
    if check and wrong:
        raise typer.Exit(1)


def remove(name: Name, db: options.Database = None) -> None:
    """Remove a schedule: it isn't due any more. Its jobs and what came of them stay."""
    from bench_service.service.schedules import Schedules
    from db.session import open_store

    with open_store(options.database(db), create=False) as store:
        Schedules(store).remove(name)
    console().print(f"Schedule {name} is removed; its jobs stay.")


def run(name: Name, as_json: options.AsJson = False, db: options.Database = None) -> None:
    """Make a job of a schedule now, to try it; when it is due doesn't change."""
    from bench_service.service.firing import Firings
    from db.session import open_store

    with open_store(options.database(db), create=False) as store:
        job = Firings(store).run_now(name)
    if as_json:
        print_json({"id": job.uid, "label": job.label, "route": job.route})
    else:
        console().print(f"Job {job.uid} of schedule {name}, for a machine with {job.route}.")


app.command("add", short_help="Have a suite measured at times of its own.")(add)
app.command("list", short_help="List schedules, and what became of them.")(list_)
app.command("remove", short_help="Remove a schedule.")(remove)
app.command("run", short_help="Make a job of a schedule now.")(run)
