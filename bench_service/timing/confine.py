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
PR_SET_CHILD_SUBREAPER = 36

# Beyond this share of the free memory an allocation fails with an exception of its own, instead
# of the kernel choosing a process to kill.
MEMORY_SHARE = 0.9

# A function that prints at every call fills no disk: beyond this a write fails.
MAX_FILE_BYTES = 256 << 20


def die_with_parent(parent_pid: int, with_signal: int = signal.SIGKILL) -> None:
    """Ask the kernel to signal this process when its parent ends, however that happens."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, with_signal)
    if os.getppid() != parent_pid:  # it ended before the request was made
        os._exit(1)


def adopt_orphans() -> None:
    """Make this process the parent of what its descendants leave behind, so that it can end it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def limit_memory(free_bytes: int) -> None:
    """Let data grow by a share of the free memory and no further (setrlimit(2), RLIMIT_DATA)."""
    _lower(resource.RLIMIT_DATA, int(MEMORY_SHARE * free_bytes))


def limit_files() -> None:
    """Let no file grow beyond a bound (setrlimit(2), RLIMIT_FSIZE): writing then raises OSError."""
    _lower(resource.RLIMIT_FSIZE, MAX_FILE_BYTES)


def _lower(kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(kind, (limit, hard))


def lock_path() -> Path:
    """The file whose lock says that somebody is measuring on this machine."""
    chosen = os.environ.get("BENCH_SERVICE_LOCK")
    return Path(chosen) if chosen else Path(tempfile.gettempdir()) / "bench-service.lock"


def take_machine_lock(path: Path, *, wait: bool, shared: bool = False) -> int | None:
    """The descriptor that holds the machine's lock; None where another stands in the way.

    Who times has the machine alone. Who trains shares it, with others who train.

    The kernel lets go of it when the last process that has the descriptor open has ended, so a
    crash can't leave it behind. OSError where the file can neither be opened nor made.
    """
    descriptor = _open_lock(path)
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(descriptor, kind | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _open_lock(path: Path) -> int:
    """The file's descriptor: any user of the machine may measure, so any user may take the lock.

    Locking needs no right to write. A file that is there is opened without O_CREAT: in a folder
    like /tmp the kernel refuses O_CREAT on another user's file (proc(5), fs.protected_regular).
    """
    common = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, os.O_RDONLY | common)
    except FileNotFoundError:
        pass
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | common, 0o644)
    except FileExistsError:  # somebody was faster
        return os.open(path, os.O_RDONLY | common)
    os.fchmod(descriptor, 0o644)  # whatever the umask
    return descriptor
