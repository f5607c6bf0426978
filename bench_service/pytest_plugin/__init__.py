"""A pytest plugin that keeps pytest-benchmark's results in a store.

::

    pytest tests/perf --bench-service-db sqlite:///ci.db --bench-service-context runner=a1

The session becomes one run with the trigger ``ci``: every benchmark with its raw rounds and
statistics, the machine, the commit, and what the CI service says of its job. The same job of the
same attempt stores the same benchmarks once, however often it is repeated.

Nothing here changes what a test says. But a session that was to be stored and couldn't be ends
with exit status 1 and the reason: a job that believes it has recorded is worse than a red one.
Where there is nothing to store (pytest-benchmark isn't installed, pytest-xdist has switched it
off, no benchmark ran) the summary says so, and the exit status stays as it was.

Every pytest session of an installation imports this module, so it imports next to nothing, and
without the option it does nothing.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("bench-service", "benchmarks kept in a store")
    group.addoption(
        "--bench-service-db",
        metavar="URL",
        help="Store pytest-benchmark's results there: a path, sqlite:///PATH, or "
        "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE. A session that can't be stored "
        "ends with exit status 1.",
    )
    group.addoption(
        "--bench-service-context",
        metavar="KEY=VALUE",
        action="append",
        type=key_and_value,
        default=[],
        help="Store this beside the results; may be given several times. Jobs that share all "
        "else, such as the shards of one job, are told apart by it.",
    )


def key_and_value(text: str) -> tuple[str, str]:
    """The two halves of ``key=value``; argparse shows the error."""
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise argparse.ArgumentTypeError(f"{text!r} isn't KEY=VALUE")
    return key.strip(), value.strip()


def pytest_configure(config: pytest.Config) -> None:
    """Watch the session where it was asked for; never in a worker of pytest-xdist."""
    url = config.getoption("bench_service_db")
    if url and not hasattr(config, "workerinput"):
        from bench_service.pytest_plugin.watch import Watch

        config.pluginmanager.register(Watch(config, url), "bench-service-watch")
