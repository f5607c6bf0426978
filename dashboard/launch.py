"""How the pages are started: the command and what it finds in its environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

APP = Path(__file__).with_name("app.py")

FLAGS = (
    "--server.address=127.0.0.1",  # loopback alone
    "--server.headless=true",  # asks nothing at the terminal and opens no browser
    "--server.enableCORS=true",  # pages of other places can't use these
    "--server.enableXsrfProtection=true",
    "--server.fileWatcherType=none",
    "--browser.gatherUsageStats=false",  # nothing is reported to anybody
    "--client.toolbarMode=viewer",
)
"""Given on the command line, so that they hold whatever configuration the user has."""

ALLOW_WRITES = "BENCH_SERVICE_ALLOW_WRITES"
"""The variable that lets the pages cancel jobs and submit them again, where it is ``1``."""


def command(url: str, port: int) -> list[str]:
    """The command that serves the pages of a store on a port of loopback.

    The store is named in the environment (``environment``) and not here, because everybody on a
    machine can read the arguments of its processes, and an address may hold a password.
    """
    del url
    return [
        *(sys.executable, "-m", "streamlit", "run", str(APP)),
        *FLAGS,
        f"--server.port={port}",
    ]


def environment(url: str, *, allow_writes: bool = False) -> dict[str, str]:
    """The environment for that command: this process's own, the store, and whether to write."""
    return {**os.environ, "BENCH_SERVICE_DB": url, ALLOW_WRITES: "1" if allow_writes else "0"}
