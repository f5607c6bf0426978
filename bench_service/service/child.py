"""Starts the process that measures a job, hears what it says, and makes it stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

from bench_service.service.attempt import Ended
from db.tables.service import ATTEMPT_OUTCOMES

Command = Callable[[str, str], Sequence[str]]
"""``command(job, store)``: what measures a job."""
LOG_BYTES = 1 << 16


def measuring_command(uid: str, url: str) -> list[str]:
    """The command that measures a job of a store; it ends with the process that starts it."""
    module = "bench_service.service.measuring"
    return [sys.executable, "-m", module, uid, url, str(os.getpid())]


class Child:
    """A process that measures one job; ``wait`` and ``stop`` may be called from two threads."""

    def __init__(self, command: Sequence[str], heard: Callable[[Mapping[str, Any]], None]) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed by wait
        # A group of its own: Ctrl-C at the worker's terminal is the worker's to pass on.
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log,
                process_group=0, text=True, errors="replace",
            )  # fmt: skip
        except OSError:
            self._log.close()
            raise
        self._heard = heard
        self._lock = threading.Lock()
        self._is_over = self._is_told = False
        self._reaper = threading.Thread(target=self._reap, daemon=True)
        self._reaper.start()

    def wait(self) -> Ended:
        """How it ended, once it has: as it said, or 'lost' where it ended without a word."""
        assert self._process.stdout is not None
        said: Mapping[str, Any] | None = None
        with self._process.stdout as lines:
            for line in lines:
                found = _read(line)
                if "progress" in found:
                    self._heard(found["progress"])
                said = found.get("end", said)
        self._reaper.join()
        log = _tail(self._log)
        if said is None:
            return Ended("lost", f"the measuring process {_how(self._process.returncode)}", log=log)
        return Ended(said["outcome"], str(said.get("reason", "")), said.get("run"), log)

    def stop(self) -> None:
        """Ask it to stop: it keeps what it has measured, and says that it was interrupted.

        Only the first time asks: a second one would interrupt the keeping.
        """
        if not self._is_told:
            self._is_told = True
            self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it, and what it has started."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        with self._lock, suppress(ProcessLookupError):
            if not self._is_over:
                os.kill(self._process.pid, number)

    def _reap(self) -> None:
        """Wait for its end, and end what it leaves behind: that would hold our pipe open."""
        pid = self._process.pid
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # the id stays its own until reaped
        with self._lock:
            with suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
            self._process.wait()
            self._is_over = True


def _read(line: str) -> dict[str, Any]:
    """What a line says, each of it in its form; nothing of any other line."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    said = {name: found[name] for name in ("progress", "end") if isinstance(found.get(name), dict)}
    if "end" in said and said["end"].get("outcome") not in ATTEMPT_OUTCOMES:
        del said["end"]
    return said


def _tail(log: IO[bytes]) -> str:
    with log:
        size = log.seek(0, os.SEEK_END)
        log.seek(max(0, size - LOG_BYTES))
        return log.read().decode(errors="replace").replace("\0", "")


def _how(status: int) -> str:
    if status >= 0:
        return f"ended with status {status} and without a word"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"was killed by {name}"
