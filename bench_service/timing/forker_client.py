"""The near side of the forker: starts it, asks it, and outlives it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from types import TracebackType
from typing import Any

from bench_service.errors import ForkerError
from bench_service.timing.spec import GroupSpec
from bench_service.timing.turns import Turns
from bench_service.timing.wire import Event, receive, send

START_LIMIT_S = 120.0
COMPILE_SILENCE_S = 600.0
# The forker ends a silent child itself; it gets this much longer before it is given up.
GRACE_S = 15.0
# What a forker takes to end its children when it is asked to go.
STOP_LIMIT_S = 5.0
LOG_TAIL_BYTES = 400
# What user code prints is kept up to here, for the last words of a child that crashes.
LOG_LIMIT_BYTES = 1 << 20


@dataclass
class Forker:
    """A running forker. Use it as a context manager, and ``ask`` it."""

    python: str = sys.executable
    wait_for_machine: bool = True
    takes_lock: bool = True
    """Whether it takes the machine's lock; a second forker of a run works under the first's."""
    on_busy: Callable[[], None] = lambda: None
    compile_silence_s: float = COMPILE_SILENCE_S
    """How long an entry may take to compile."""
    grace_s: float = GRACE_S
    _process: subprocess.Popen[bytes] | None = None
    _connection: Connection | None = None
    _log: Any = None

    def __enter__(self) -> Forker:
        if self._process is None:
            self.launch()
        try:
            self._await_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def hang_up(self) -> None:
        """Let the forker know that nobody will ask again: it ends by itself, with its children."""
        if self._connection is not None:
            self._connection.close()

    def close(self) -> None:
        """End the forker with its children; nothing where there is none."""
        self._stop()

    @property
    def pid(self) -> int | None:
        """The forker's process; None where there is none."""
        return None if self._process is None else self._process.pid

    def launch(self, turns: Turns | None = None) -> None:
        """Start the process without waiting for it: importing torch takes a second.

        Whoever launches enters the context later, or closes. With ``turns``, which the forker
        that takes the lock opens, several begin together.
        """
        ours, theirs = Pipe()
        self._connection = ours
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed in _stop
        waits = "wait" if self.wait_for_machine else "no-wait"
        waits = waits if self.takes_lock else "no-lock"
        module = "bench_service.timing.forker"
        ends = () if turns is None else (turns.entry, turns.exit)
        told = (os.getpid(), theirs.fileno(), waits, *ends)
        command = [self.python, "-m", module, *map(str, told)]
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603  # our own module, no shell
                    command,
                    pass_fds=(theirs.fileno(), *ends),
                    stdin=subprocess.DEVNULL,
                    stdout=self._log,
                    stderr=self._log,
                    start_new_session=True,
                )
        except BaseException:  # an interrupt too: no forker stays behind to take the lock later
            self._stop()
            raise

    def _await_ready(self) -> None:
        limit: float | None = START_LIMIT_S
        while True:
            event = self._receive(limit)
            if event["event"] == "ready":
                return
            if event["event"] == "refused":
                raise ForkerError(
                    f"The lock file {event['lock']} can't be used.",
                    got=event["reason"],
                    next_step="make it readable, or name another one in BENCH_SERVICE_LOCK",
                )
            self.on_busy()
            if not self.wait_for_machine:
                raise ForkerError(
                    "Another process is measuring on this machine.",
                    next_step="wait for it to end, or run without --no-wait",
                )
            limit = None

    def _receive(self, limit_s: float | None) -> Event:
        assert self._connection is not None
        try:
            if self._connection.poll(limit_s):
                return receive(self._connection)
        except (EOFError, OSError, ValueError):
            raise ForkerError(
                "The process that forks the measuring children ended.", got=self._last_words()
            ) from None
        raise ForkerError("The process that forks the measuring children doesn't answer.")

    def _last_words(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - LOG_TAIL_BYTES))
        return bytes(self._log.read()).decode(errors="replace").strip()

    def ask(
        self, task: str, spec: GroupSpec, silence_s: float, *, template: bool = False
    ) -> Generator[Event]:
        """The events of one child, the last one ``end``. A dead forker is replaced first.

        With ``template`` the child is forked from a process that has compiled the group; what
        compiling it said comes first. ForkerError where the forker itself is gone.
        """
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self.__enter__()
        self._bound_log()
        request = {
            "task": task,
            "spec": spec.to_json(),
            "silence_s": silence_s,
            "template": spec.fingerprint if template else "",
            "compile_silence_s": self.compile_silence_s,
        }
        limit_s = self.grace_s + max(silence_s, self.compile_silence_s if template else 0)
        has_ended = False
        try:
            self._send(request)
            while not has_ended:
                event = self._receive(limit_s)
                has_ended = event["event"] == "end"
                yield event
        finally:
            if not has_ended:
                self._stop()  # nobody will read the rest; the next request begins afresh

    def _send(self, request: Event) -> None:
        assert self._connection is not None
        try:
            send(self._connection, request)
        except OSError:
            raise ForkerError(
                "The process that forks the measuring children ended.", got=self._last_words()
            ) from None

    def _bound_log(self) -> None:
        """Forget what was printed where it is a lot; the forker writes at the same offset."""
        if self._log.seek(0, os.SEEK_END) > LOG_LIMIT_BYTES:
            self._log.seek(0)
            self._log.truncate()

    def _stop(self) -> None:
        """End the forker with its children; it is asked first, so that it can clear up."""
        process = self._process
        if self._connection is not None:
            self._connection.close()
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.close()
        self._process = self._connection = self._log = None
