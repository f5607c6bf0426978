"""Processes that begin afresh, without the main module of whoever starts them.

Python's own ``spawn`` imports the parent's main module in every child: a script that calls ``run``
without asking whether it is the main module would start itself again, and again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Lock
from types import ModuleType

_one_at_a_time = Lock()


@contextmanager
def _without_main() -> Iterator[None]:
    with _one_at_a_time:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


class CleanProcess(SpawnProcess):
    """A spawned process that imports what it is asked to run, and no main module."""

    def start(self) -> None:
        """Start it; its function and arguments must come from modules that can be imported."""
        with _without_main():
            super().start()


class CleanContext(SpawnContext):
    """The context in which processes are such."""

    Process = CleanProcess
