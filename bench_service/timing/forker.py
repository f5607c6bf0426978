"""The process that measuring children are forked from.

It has imported torch and never computes: the memory that a process happens to get moves ratios
by several per cent, so an estimate needs many processes, and a fork draws again for milliseconds
where a new interpreter would take seconds. It speaks JSON over a connection, so that another
interpreter, with another torch, can be driven the same way.

Requests: ``{"task", "spec", "silence_s", "template"?}``. Answers: the child's events, then
``{"event": "end", "status", "reason", "culprit"}``.
"""

from __future__ import annotations

import gc
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe

import psutil

from bench_service.timing import child
from bench_service.timing.confine import die_with_parent, limit_memory, lock_path, take_machine_lock
from bench_service.timing.spec import GroupSpec
from bench_service.timing.wire import Event, receive, send

NOBODY = -1
_INDEX = struct.Struct("q")


@dataclass
class Child:
    """A forked process with its events and the index of the entry that it is working on."""

    pid: int
    connection: Connection
    running: mmap.mmap

    def culprit(self, spec: GroupSpec) -> str:
        """The label of the entry that was running last; empty where none was."""
        (index,) = _INDEX.unpack_from(self.running)
        return spec.entries[index].label if index != NOBODY else ""

    def kill(self) -> None:
        """Kill the child and whatever it started."""
        for kill in (os.killpg, os.kill):
            try:
                kill(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue


def fork(work: Callable[[Connection, Callable[[int], None]], None]) -> Child:
    """A child that runs ``work(connection, enter)`` and ends."""
    ours, theirs = Pipe()
    running = mmap.mmap(-1, _INDEX.size)
    _INDEX.pack_into(running, 0, NOBODY)
    parent = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        return Child(pid, ours, running)
    code = 1
    try:
        os.setpgid(0, 0)
        die_with_parent(parent)
        ours.close()
        work(theirs, lambda index: _INDEX.pack_into(running, 0, index))
        code = 0
    finally:
        os._exit(code)


@dataclass
class Server:
    """Answers requests on a connection by forking a child for each."""

    connection: Connection
    templates: dict[str, Child] = field(default_factory=dict)

    def serve(self) -> None:
        """Answer until the other side is gone."""
        while True:
            try:
                request = receive(self.connection)
            except EOFError:
                break
            self.answer(request)
        for template in self.templates.values():
            template.kill()

    def answer(self, request: Event) -> None:
        """Run one request to its end."""
        spec = GroupSpec.from_json(request["spec"])
        template = self.templates.get(request.get("template", ""))
        if template is not None:
            send(template.connection, {**request, "template": ""})
            self._relay(template, spec, request["silence_s"] + 5, is_template=True)
        elif request["task"] == "compile":
            template = fork(lambda connection, enter: _become_template(connection, enter, spec))
            if self._relay(template, spec, request["silence_s"], is_template=True):
                self.templates[request["as_template"]] = template
        else:
            task = child.TASKS[request["task"]]
            forked = fork(lambda connection, enter: _run(task, spec, connection, enter))
            self._relay(forked, spec, request["silence_s"], is_template=False)

    def _relay(
        self, source: Child, spec: GroupSpec, silence_s: float, *, is_template: bool
    ) -> bool:
        """Pass a child's events on; True where it came to its own end."""
        while True:
            if not source.connection.poll(silence_s):
                source.kill()
                os.waitpid(source.pid, 0)
                self._end("timeout", f"no sign of life for {silence_s:g} s", source.culprit(spec))
                return False
            try:
                message = receive(source.connection)
            except (EOFError, OSError):
                _, status = os.waitpid(source.pid, 0)
                self._end("crashed", _how_it_ended(status), source.culprit(spec))
                return False
            if message["event"] == "raised":
                message = {
                    "event": "end",
                    "status": "failed",
                    "reason": message["reason"],
                    "culprit": source.culprit(spec),
                }
            send(self.connection, message)
            if message["event"] == "end":
                if not is_template:
                    os.waitpid(source.pid, 0)
                    source.connection.close()
                return bool(message["status"] == "ok")

    def _end(self, status: str, reason: str, culprit: str) -> None:
        end = {"event": "end", "status": status, "reason": reason, "culprit": culprit}
        send(self.connection, end)


def _how_it_ended(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"the process ended with exit status {code}"
    name = signal.Signals(-code).name
    hint = "; the system may have run out of memory" if name == "SIGKILL" else ""
    return f"the process was killed by {name}{hint}"


def _run(
    task: Callable[[GroupSpec, child.Emit, child.Enter], None],
    spec: GroupSpec,
    connection: Connection,
    enter: Callable[[int], None],
) -> None:
    """Run a task in this child and send its events, the last one saying how it ended."""
    if spec.conditions.backend.startswith("cpu"):
        limit_memory(psutil.virtual_memory().available)
    try:
        task(spec, lambda event: send(connection, event), enter)
    except BaseException as error:  # sys.exit and KeyboardInterrupt of user code too
        send(connection, {"event": "raised", "reason": child.describe(error)})
        return
    send(connection, {"event": "end", "status": "ok", "reason": "", "culprit": ""})


def _become_template(connection: Connection, enter: Callable[[int], None], spec: GroupSpec) -> None:
    """Compile in this process, then answer requests by forking from it."""
    _run(child.compile_entries, spec, connection, enter)
    enter(NOBODY)
    Server(connection).serve()


def main() -> None:
    """Serve on the descriptor given on the command line until its other side is gone."""
    parent, descriptor, wait = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "wait"
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    connection = Connection(descriptor)
    lock = take_machine_lock(lock_path(), wait=False)
    if lock is None:
        send(connection, {"event": "busy"})
        if not wait:
            return
        lock = take_machine_lock(lock_path(), wait=True)
    import torch.fx.experimental.symbolic_shapes  # the first gradient imports it

    gc.collect()
    gc.freeze()  # children don't copy pages only because the collector looked at them
    send(connection, {"event": "ready", "torch": torch.__version__})
    Server(connection).serve()


if __name__ == "__main__":
    main()
