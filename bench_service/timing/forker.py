"""The process that measuring children are forked from.

It has imported torch and never computes: the memory that a process happens to get moves ratios
by several per cent, so an estimate needs many processes, and a fork draws again for milliseconds
where a new interpreter would take seconds. It speaks JSON over a connection, so that another
interpreter, with another torch, can be driven the same way.

Requests: ``{"task", "spec", "silence_s", "template", "compile_silence_s"}``; ``template`` names
the process that has compiled the group, which is made where there is none, or is empty. Answers:
the child's events, then ``{"event": "end", "status", "reason", "culprit"}``.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

import psutil

from bench_service.timing import child
from bench_service.timing.confine import (
    adopt_orphans,
    die_with_parent,
    limit_files,
    limit_memory,
    lock_path,
    take_machine_lock,
)
from bench_service.timing.forked import NOBODY, Child, fork, kill_strays
from bench_service.timing.spec import GroupSpec
from bench_service.timing.wire import Event, end, receive, send

# How often a silent child is looked at: a process that it started may hold its pipe open.
LOOK_S = 0.25
# A template's own child gets its full silence before the template is taken for dead.
TEMPLATE_GRACE_S = 5.0
# A template takes some 200 MB and there is one for each compiled group. With less memory than this
# share left, groups are compiled again when their turn comes, mostly from the compiler's cache.
MIN_FREE_SHARE = 0.25
# A process whose pipe has closed is ending; this long until it isn't.
END_S = 1.0


class AskerGone(Exception):  # noqa: N818  # not an error: how every forker's work ends
    """Whoever asked has gone away."""


@dataclass
class Server:
    """Answers requests on a connection by forking a child for each."""

    connection: Connection
    private: tuple[int, ...] = ()
    """Descriptors that no child gets, beside the connections."""
    adopts: bool = False
    """Orphans of children come to this process, which ends them."""
    templates: dict[str, Child] = field(default_factory=dict)

    def serve(self) -> None:
        """Answer until the other side is gone; leave no process behind."""
        try:
            while True:
                self.answer(receive(self.connection))
        except (AskerGone, EOFError, ConnectionError):
            pass
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is on its way out
            for template in self.templates.values():
                template.finish()
            if self.adopts:
                kill_strays(())

    def answer(self, request: Event) -> None:
        """Run one request to its end."""
        spec = GroupSpec.from_json(request["spec"])
        name = request["template"]
        ended = self._compile(name, spec, request["compile_silence_s"]) if name else None
        if ended is None:
            ended = self._template(name, request, spec) if name else self._child(request, spec)
        if self.adopts:
            kill_strays({template.pid for template in self.templates.values()})
        self._tell(ended)

    def _child(self, request: Event, spec: GroupSpec) -> Event:
        task = child.TASKS[request["task"]]
        forked = fork(lambda pipe, enter: _run(task, spec, pipe, enter), self._private())
        try:
            return self._relay(forked, spec, request["silence_s"])[0]
        finally:
            forked.finish()

    def _compile(self, name: str, spec: GroupSpec, silence_s: float) -> Event | None:
        """None where the template is there, now or before; else why it can't be."""
        known = self.templates.get(name)
        if known is not None and not known.has_ended():
            self.templates[name] = self.templates.pop(name)  # the one used last comes last
            return None
        self._forget(name)
        self._make_room()
        template = fork(lambda pipe, enter: _become_template(pipe, enter, spec), self._private())
        self.templates[name] = template
        ended, _ = self._relay(template, spec, silence_s)
        if ended["status"] == "ok":
            return None
        self._forget(name)
        return ended

    def _template(self, name: str, request: Event, spec: GroupSpec) -> Event:
        """What the template says of a child of its own; one that dies is made anew next time."""
        template = self.templates[name]
        try:
            send(template.connection, {**request, "template": ""})
        except OSError:
            ended, is_alive = end("crashed", "the process that had compiled the group ended"), False
        else:
            ended, is_alive = self._relay(template, spec, request["silence_s"] + TEMPLATE_GRACE_S)
        if not is_alive:
            self._forget(name)
        return ended

    def _make_room(self) -> None:
        """End templates, the one not used for longest first, until there is free memory again."""
        while self.templates:
            memory = psutil.virtual_memory()
            if memory.available >= MIN_FREE_SHARE * memory.total:
                return
            self._forget(next(iter(self.templates)))

    def _forget(self, name: str) -> None:
        template = self.templates.pop(name, None)
        if template is not None:
            template.finish()

    def _private(self) -> tuple[int, ...]:
        connections = (self.connection, *(t.connection for t in self.templates.values()))
        return (*self.private, *(connection.fileno() for connection in connections))

    def _relay(self, source: Child, spec: GroupSpec, silence_s: float) -> tuple[Event, bool]:
        """Pass a child's events on until the one that ends it; True where it came to its own end.

        The end comes back instead of being passed on: first the child is cleared away.
        """
        while True:
            try:
                if not self._speaks(source, silence_s):
                    reason = f"no sign of life for {silence_s:g} s"
                    return end("timeout", reason, source.culprit(spec)), False
                message = receive(source.connection)
                kind = message["event"]
            except (EOFError, OSError, ValueError, LookupError, TypeError):
                # Its pipe is closed, or user code has written into it.
                return end("crashed", _why_it_ended(source), source.culprit(spec)), False
            if kind == "raised":
                return end("failed", message["reason"], source.culprit(spec)), False
            if kind == "end":
                return message, True
            self._tell(message)

    def _speaks(self, source: Child, silence_s: float) -> bool:
        """True where something can be read of a child within its time; EOFError where it ended."""
        deadline = time.monotonic() + silence_s
        while (left := deadline - time.monotonic()) > 0:
            heard = wait([source.connection, self.connection], min(LOOK_S, left))
            if source.connection in heard:
                return True
            if heard:  # nobody asks twice at once: it is closed
                raise AskerGone
            if source.has_ended():
                if source.connection.poll():
                    return True
                raise EOFError
        return False

    def _tell(self, message: Event) -> None:
        try:
            send(self.connection, message)
        except OSError:
            raise AskerGone from None


def _why_it_ended(source: Child) -> str:
    """How a process ended whose pipe is closed; it gets a moment for that."""
    deadline = time.monotonic() + END_S
    while not source.has_ended():
        if time.monotonic() > deadline:
            return "the process closed the connection to the one that watches it"
        time.sleep(0.001)
    return source.how_it_ended()


def _run(
    task: Callable[[GroupSpec, child.Emit, child.Enter], None],
    spec: GroupSpec,
    connection: Connection,
    enter: Callable[[int], None],
) -> bool:
    """Run a task in this child and send its events, the last one saying how it ended."""
    limit_files()
    if spec.conditions.backend.startswith("cpu"):
        limit_memory(psutil.virtual_memory().available)
    try:
        task(spec, lambda event: send(connection, event), enter)
    except BaseException as error:  # sys.exit and KeyboardInterrupt of user code too
        send(connection, {"event": "raised", "reason": child.describe(error)})
        return False
    send(connection, end("ok"))
    return True


def _become_template(connection: Connection, enter: Callable[[int], None], spec: GroupSpec) -> None:
    """Compile in this process, then answer requests by forking from it."""
    if _run(child.compile_entries, spec, connection, enter):
        enter(NOBODY)
        Server(connection).serve()


def _take_lock(connection: Connection, *, waits: bool) -> int | None:
    """The descriptor that holds the machine's lock; None where there is nothing to wait for."""
    try:
        lock = take_machine_lock(lock_path(), wait=False)
        if lock is None:
            send(connection, {"event": "busy"})
            lock = take_machine_lock(lock_path(), wait=True) if waits else None
    except OSError as error:
        send(connection, {"event": "refused", "lock": str(lock_path()), "reason": str(error)})
        return None
    return lock


def main() -> None:
    """Serve on the descriptor given on the command line until its other side is gone."""
    parent, descriptor = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # ends children on the way out
    die_with_parent(parent, signal.SIGTERM)
    adopt_orphans()
    connection = Connection(descriptor)
    os.set_inheritable(descriptor, False)  # it was for this process alone
    locks: tuple[int, ...] = ()
    if sys.argv[3] != "no-lock":
        taken = _take_lock(connection, waits=sys.argv[3] == "wait")
        if taken is None:
            return
        locks = (taken,)
    import torch.fx.experimental.symbolic_shapes  # the first gradient imports it

    gc.collect()
    gc.freeze()  # children don't copy pages only because the collector looked at them
    send(connection, {"event": "ready", "torch": torch.__version__})
    Server(connection, locks, adopts=True).serve()


if __name__ == "__main__":
    main()
