"""``dashboard``: start the pages on loopback."""

from __future__ import annotations

import subprocess
from typing import Annotated

import typer

from bench_service.cli import options
from bench_service.cli.output import complain

SECONDS_TO_END = 5.0


def dashboard(
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=1, max=65535, help="Of this machine's loopback."),
    ] = 8501,
    allow_writes: Annotated[
        bool,
        typer.Option(
            "--allow-writes",
            help="Let the page Jobs cancel jobs and submit them again. Everybody who has an "
            "account on this machine can then do so. Default: the pages only read.",
        ),
    ] = False,
    db: options.Database = None,
) -> None:
    """Start the dashboard on this machine's loopback address; Ctrl-C ends it."""
    from dashboard.launch import command, environment
    from db.location import locate

    url = options.database(db)
    place = locate(url)
    shown = place.path or place
    complain(f"The dashboard of {shown} is on http://127.0.0.1:{port}; Ctrl-C ends it.")
    with subprocess.Popen(  # noqa: S603  # no shell
        command(url, port), env=environment(url, allow_writes=allow_writes)
    ) as process:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            _end(process)
            return
    if status:
        complain(f"The dashboard ended with status {status}; is port {port} taken? See --port.")
        raise typer.Exit(1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server; at a terminal it got the interrupt too and is on its way."""
    process.terminate()
    try:
        process.wait(SECONDS_TO_END)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
