"""Training shares the machine with training, and with nobody who times."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench_service.errors import InputError, MachineLockError
from bench_service.timing.confine import lock_path, take_machine_lock

PATIENCE_S = 10.0
"""How long the end of this run's own timing processes may take."""
LOOK_S = 0.1


@contextmanager
def machine_shared(
    on_busy: Callable[[], None], *, wait: bool, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """A block in which nobody times on this machine.

    InputError where somebody does and ``wait`` is off.
    """
    path = lock_path()
    deadline = clock() + PATIENCE_S
    lock = _taken(path, wait=False)
    while lock is None and clock() < deadline:
        time.sleep(LOOK_S)
        lock = _taken(path, wait=False)
    if lock is None:
        on_busy()
        if not wait:
            raise InputError(
                "Another process is timing on this machine, which training would disturb.",
                next_step="wait for it to end, or run without --no-wait",
            )
        lock = _taken(path, wait=True)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _taken(path: Path, *, wait: bool) -> int | None:
    try:
        return take_machine_lock(path, wait=wait, shared=True)
    except OSError as error:
        raise MachineLockError(
            f"The lock file {path} can't be used.",
            got=str(error),
            next_step="make it readable, or name another one in BENCH_SERVICE_LOCK",
        ) from None
