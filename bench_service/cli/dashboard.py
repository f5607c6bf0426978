"""``dashboard``: start the pages on loopback."""

from __future__ import annotations

import subprocess
from typing import Annotated

import typer

from bench_service.cli import options
from bench_service.cli.output import complain


def dashboard(
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=1, max=65535, help="Of this machine's loopback."),
    ] = 8501,
    db: options.Database = None,
) -> None:
    """Start the dashboard on this machine's loopback address; Ctrl-C ends it."""
    from dashboard.launch import command, environment
    from db.location import locate

    url = options.database(db)
    place = locate(url)
    shown = place.path or place
    complain(f"The dashboard of {shown} is on http://127.0.0.1:{port}; Ctrl-C ends it.")
    try:
        status = subprocess.call(  # noqa: S603  # no shell
            command(url, port), env=environment(url)
        )
    except KeyboardInterrupt:
        return
    if status:
        raise typer.Exit(1)
