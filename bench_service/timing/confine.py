"""What keeps a measuring process from harming others: it dies with its parent, within limits."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path

PR_SET_PDEATHSIG = 1  # prctl(2)

# Beyond this share of the free memory an allocation fails with an exception of its own, instead
# of the kernel choosing a process to kill.
MEMORY_SHARE = 0.9


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to kill this process when its parent ends, however that happens."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it ended before the request was made
        os._exit(1)


def limit_memory(free_bytes: int) -> None:
    """Let data grow by a share of the free memory and no further (setrlimit(2), RLIMIT_DATA)."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = int(MEMORY_SHARE * free_bytes)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def lock_path() -> Path:
    """The file whose lock says that somebody is measuring on this machine."""
    chosen = os.environ.get("BENCH_SERVICE_LOCK")
    return Path(chosen) if chosen else Path(tempfile.gettempdir()) / "bench-service.lock"


def take_machine_lock(path: Path, *, wait: bool) -> int | None:
    """The descriptor that holds the machine's exclusive lock; None where another holds it.

    The kernel lets go of it when the last process that inherited the descriptor has ended, so a
    crash can't leave it behind.
    """
    # Any user of the machine may measure, so any user may take the lock.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
