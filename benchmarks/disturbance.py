"""A busy neighbour on every core, at half of its time, for as long as a block of code runs."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections.abc import Iterator

PERIOD_S = 0.02


def _burn(core: int) -> None:
    os.sched_setaffinity(0, {core})
    while True:
        end = time.perf_counter() + PERIOD_S / 2
        while time.perf_counter() < end:
            pass
        time.sleep(PERIOD_S / 2)


@contextlib.contextmanager
def busy_neighbours(is_busy: bool) -> Iterator[None]:
    """Busy neighbours while the block runs, or none."""
    context = multiprocessing.get_context("spawn")
    cores = sorted(os.sched_getaffinity(0)) if is_busy else []
    processes = [context.Process(target=_burn, args=(core,), daemon=True) for core in cores]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()
