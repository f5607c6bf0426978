"""The OpenMP threads of this process, which no fork may inherit."""

from __future__ import annotations

import ctypes
from pathlib import Path

OMP_PAUSE_HARD = 2  # omp.h


def end_thread_pool(maps: Path = Path("/proc/self/maps")) -> bool:
    """True where GNU OpenMP's threads have ended; the next parallel region starts new ones.

    A process that is forked from one with a thread pool believes in threads that it doesn't have,
    and waits for them for ever at its first parallel region. Other OpenMP libraries notice a fork
    by themselves, and where none is loaded there is nothing to end: False.
    """
    try:
        lines = maps.read_text().splitlines()
    except OSError:  # no such file outside Linux
        return False
    loaded = {path for path in (line.rpartition(" ")[2] for line in lines) if "libgomp" in path}
    pauses = [getattr(ctypes.CDLL(path), "omp_pause_resource_all", None) for path in sorted(loaded)]
    return bool(pauses) and all(
        pause is not None and pause(OMP_PAUSE_HARD) == 0 for pause in pauses
    )
