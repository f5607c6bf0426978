"""What the operating system counts beside a block: its own time, switches and faults."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals of the calling thread and process since they started."""

    cpu_ns: int
    involuntary_switches: int
    minor_faults: int


ReadCounters = Callable[[], Counters]


def read_thread_counters() -> Counters:
    """The calling thread's CPU time and switches, and its page faults.

    getrusage(2) with RUSAGE_THREAD is Linux's; elsewhere the process's totals serve.
    """
    usage = resource.getrusage(getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF))
    return Counters(time.thread_time_ns(), usage.ru_nivcsw, usage.ru_minflt)


def steal_ns(proc_stat: Path = Path("/proc/stat")) -> int | None:
    """Time that the hypervisor gave to others since boot, all cores, in ns; None if not counted.

    Source: proc(5), the eighth value of the line ``cpu``, in units of 10 ms.
    """
    try:
        first = proc_stat.read_text().partition("\n")[0].split()
    except OSError:
        return None
    return int(first[8]) * 10_000_000 if len(first) > 8 else None
