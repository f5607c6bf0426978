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
    from db.session import Store


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
    webhook: Annotated[
        str | None,
        typer.Option(
            "--webhook", metavar="URL", envvar="BENCH_SERVICE_WEBHOOK", show_envvar=False,
            help="Told when a scheduled job goes wrong. Default: BENCH_SERVICE_WEBHOOK, else none.",
        ),
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port", metavar="N", min=0, max=65535,
            help="Serve metrics for Prometheus on this machine's own address; 0: any free port.",
        ),
    ] = None,
    db: options.Database = None,
) -> None:  # fmt: skip
    """Take jobs of the store and have them measured, one at a time, until told to stop.

    Ctrl-C or SIGTERM: what was measured is kept, and the job is given back for another worker.
    The exit status is 0 then: that is how a worker ends.
    Schedules that are due become jobs. Exit status with --once: 1 where something measured failed,
    or a schedule was due and led to no job.
    """
    from bench_service.service.assembly import worker_of
    from bench_service.service.identity import alone, identity_of
    from bench_service.service.logs import logging_to
    from bench_service.service.routing import require_here, routes_here
    from bench_service.service.webhook import checked_webhook
    from db.session import open_store

    identity = identity_of(name)
    told = checked_webhook(webhook) if webhook else None
    routes = require_here(on) if on else routes_here()
    with logging_to(sys.stderr), alone(identity), open_store(options.database(db)) as store:
        if store.warning:
            complain(store.warning)
        working = worker_of(store, identity, routes, told)
        with _metrics(store, working, metrics_port), _stopped_by_signals(working):
            working.run(once=once)
    if once and working.n_failed:
        raise typer.Exit(1)


@contextmanager
def _metrics(store: Store, working: Worker, port: int | None) -> Iterator[None]:
    """While in here, the worker's metrics are served, if anybody wants them."""
    if port is None:
        yield
        return
    from importlib.metadata import version

    from bench_service.service.metrics import WorkerMetrics, served, waiting_by_route

    metrics = WorkerMetrics(
        working.reports.tally, lambda: working.pace.is_busy, lambda: waiting_by_route(store),
        version("bench-service"),
    )  # fmt: skip
    with served(metrics, port) as used:
        complain(f"Metrics: http://127.0.0.1:{used}/metrics")
        yield


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
