"""The near side of the forker: starts it, asks it, and outlives it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from types import TracebackType
from typing import Any

from bench_service.errors import ForkerError
from bench_service.timing.spec import GroupSpec
from bench_service.timing.wire import Event, receive, send

START_LIMIT_S = 120.0
# The forker ends a silent child itself; it gets this much longer before it is given up.
GRACE_S = 15.0
LOG_TAIL_BYTES = 400


@dataclass
class Forker:
    """A running forker. Use it as a context manager, and ``ask`` it."""

    python: str = sys.executable
    wait_for_machine: bool = True
    on_busy: Callable[[], None] = lambda: None
    _process: subprocess.Popen[bytes] | None = None
    _connection: Connection | None = None
    _log: Any = None
    _templates: set[str] = field(default_factory=set)

    def __enter__(self) -> Forker:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _start(self) -> None:
        ours, theirs = Pipe()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed in _stop
        wait = "wait" if self.wait_for_machine else "no-wait"
        module = "bench_service.timing.forker"
        command = [self.python, "-m", module, str(os.getpid()), str(theirs.fileno()), wait]
        self._process = subprocess.Popen(  # noqa: S603  # our own module, no shell
            command,
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        theirs.close()
        self._connection = ours
        self._templates.clear()
        self._await_ready()

    def _await_ready(self) -> None:
        limit: float | None = START_LIMIT_S
        while True:
            event = self._receive(limit)
            if event["event"] == "ready":
                return
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
        except (EOFError, OSError):
            raise ForkerError(
                "The process that forks the measuring children ended.", got=self._log_tail()
            ) from None
        raise ForkerError("The process that forks the measuring children doesn't answer.")

    def _log_tail(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - LOG_TAIL_BYTES))
        return bytes(self._log.read()).decode(errors="replace").strip()

    def ask(
        self, task: str, spec: GroupSpec, silence_s: float, *, template: bool = False
    ) -> Generator[Event]:
        """The events of one child, the last one ``end``. A dead forker is replaced first.

        With ``template`` the child is forked from a process that has compiled the group.
        """
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._start()
        name = spec.fingerprint if template else ""
        if template and name not in self._templates:
            for event in self._request("compile", spec, silence_s, as_template=name):
                if event["event"] != "end":
                    yield event
                elif event["status"] != "ok":
                    yield event
                    return
            self._templates.add(name)
        yield from self._request(task, spec, silence_s, template=name)

    def _request(
        self, task: str, spec: GroupSpec, silence_s: float, **more: str
    ) -> Generator[Event]:
        assert self._connection is not None
        request = {"task": task, "spec": spec.to_json(), "silence_s": silence_s, **more}
        send(self._connection, request)
        while True:
            event = self._receive(silence_s + GRACE_S)
            yield event
            if event["event"] == "end":
                return

    def _stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._log is not None:
            self._log.close()
        self._process = self._connection = self._log = None
