"""``dashboard``: start the pages on loopback."""

from __future__ import annotations

import os
import subprocess
from typing import Annotated

import typer

from bench_service.cli import options
from bench_service.cli.output import console


def dashboard(
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8501,
    db: options.Database = None,
) -> None:
    """Start the dashboard on this machine's loopback address; Ctrl-C ends it."""
    from dashboard.launch import command

    url = options.database(db)
    console(stderr=True).print(
        f"The dashboard of {url} on http://localhost:{port}; Ctrl-C ends it."
    )
    environment = {**os.environ, "BENCH_SERVICE_DB": url}
    try:
        status = subprocess.call(command(url, port), env=environment)  # noqa: S603  # no shell
    except KeyboardInterrupt:
        return
    if status:
        raise typer.Exit(status)
