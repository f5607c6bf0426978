"""``worker``: take jobs and have them measured."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bench_service.cli import options
from bench_service.cli.output import complain

if TYPE_CHECKING:
    from bench_service.service.worker import Worker


def worker(
    once: Annotated[
        bool, typer.Option("--once", help="End when no job is left that this machine can take.")
    ] = False,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Of this worker, one of its machine's.")
    ] = "main",
    on: Annotated[
        list[str] | None,
        typer.Option(
            "--on",
            metavar="WHAT",
            help="Take only jobs that need this: cpu, cuda, gpu:NAME, host:NAME. Repeatable.",
        ),
    ] = None,
    db: options.Database = None,
) -> None:
    """Take jobs of the store and have them measured, one at a time, until told to stop.

    Ctrl-C or SIGTERM: what was measured is kept, and the job is given back for another worker.
    Exit status with --once: 1 where something measured failed.
    """
    from bench_service.service.assembly import worker_of
    from bench_service.service.identity import alone, identity_of
    from bench_service.service.logs import begin_logging
    from bench_service.service.routing import checked, routes_here
    from db.session import open_store

    identity = identity_of(name)
    routes = tuple(checked(route) for route in on) if on else routes_here()
    begin_logging(sys.stderr)
    with alone(identity), open_store(options.database(db)) as store:
        if store.warning:
            complain(store.warning)
        working = worker_of(store, identity, routes)
        with _stopped_by_signals(working):
            working.run(once=once)
    if once and working.n_failed:
        raise typer.Exit(1)


@contextmanager
def _stopped_by_signals(working: Worker) -> Iterator[None]:
    """While in here, what ends a program asks the worker to stop."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {
        number: signal.signal(number, lambda *_: working.stop())
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
