"""A forked process: what it says, which entry it is working on, how it ends, what it leaves."""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import struct
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from bench_service.timing.confine import die_with_parent
from bench_service.timing.spec import GroupSpec

NOBODY = -1
_INDEX = struct.Struct("q")

Work = Callable[[Connection, Callable[[int], None]], object]
"""``work(connection, enter)``: what a child does; ``enter(index)`` says with which entry."""


@dataclass
class Child:
    """A forked process with its events and the index of the entry that it is working on."""

    pid: int
    connection: Connection
    running: mmap.mmap
    status: int | None = None
    """What waitpid(2) said, once it has."""

    def culprit(self, spec: GroupSpec) -> str:
        """The label of the entry that was running last; empty where none was."""
        (index,) = _INDEX.unpack_from(self.running)
        return spec.entries[index].label if 0 <= index < len(spec.entries) else ""

    def has_ended(self) -> bool:
        """True where the process is gone. Its end of the pipe may live on in what it started."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        return self.status is not None

    def finish(self) -> None:
        """Kill the process and its group, and leave neither a zombie nor a descriptor."""
        for kill in (os.killpg, os.kill) if not self.has_ended() else (os.killpg,):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)
        if self.status is None:
            _, self.status = os.waitpid(self.pid, 0)
        self.connection.close()
        self.running.close()

    def how_it_ended(self) -> str:
        """The exit status or the signal, in words."""
        assert self.status is not None
        code = os.waitstatus_to_exitcode(self.status)
        if code >= 0:
            return f"the process ended with exit status {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:  # a real-time signal
            name = f"signal {-code}"
        hint = "; the system may have run out of memory" if name == "SIGKILL" else ""
        return f"the process was killed by {name}{hint}"


def fork(work: Work, private: Iterable[int] = ()) -> Child:
    """A child that runs ``work`` and ends. The descriptors ``private`` are closed in it.

    User code runs in there: it can't write into our connections, and a process that it leaves
    behind doesn't hold the machine's lock.
    """
    ours, theirs = Pipe()
    running = mmap.mmap(-1, _INDEX.size)
    _INDEX.pack_into(running, 0, NOBODY)
    parent = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)  # the child does the same: whoever comes first
        return Child(pid, ours, running)
    code = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        die_with_parent(parent)
        ours.close()
        for descriptor in private:
            os.close(descriptor)
        work(theirs, lambda index: _INDEX.pack_into(running, 0, index))
        code = 0
    finally:
        os._exit(code)


def kill_strays(spared: Collection[int]) -> None:
    """Kill and reap children of this process but those spared: what user code left behind.

    Whoever adopts orphans (``confine.adopt_orphans``) finds them among its own children.
    """
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    while True:
        try:
            children = [int(pid) for pid in listed.read_text().split()]
        except OSError:  # no such file outside Linux
            return
        strays = [pid for pid in children if pid not in spared]
        if not strays:
            return
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
