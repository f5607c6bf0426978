"""Answers requests by forking a child for each.

The memory that a process happens to get moves ratios by several per cent, so an estimate needs
many processes, and a fork draws again for milliseconds where a new interpreter would take seconds.

Requests: ``{"task", "spec", "silence_s", "template", "compile_silence_s"}``; ``template`` names
the process that has compiled the group, which is made where there is none, or is empty. Answers:
the child's events, then ``{"event": "end", "status", "reason", "culprit"}``.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import psutil

from bench_service.timing import child
from bench_service.timing.confine import limit_files, limit_memory
from bench_service.timing.forked import NOBODY, Child, fork, kill_strays
from bench_service.timing.relay import AskerGone, Relay
from bench_service.timing.spec import GroupSpec
from bench_service.timing.wire import Event, end, receive, send

# A template's own child gets its full silence before the template is taken for dead.
TEMPLATE_GRACE_S = 5.0
# A template takes some 200 MB and there is one for each compiled group. With less memory than this
# share left, groups are compiled again when their turn comes, mostly from the compiler's cache.
MIN_FREE_SHARE = 0.25


@dataclass
class Server:
    """Answers requests on a connection by forking a child for each."""

    connection: Connection
    private: tuple[int, ...] = ()
    """Descriptors that no child gets, beside the connections."""
    adopts: bool = False
    """Orphans of children come to this process, which ends them."""
    templates: dict[str, Child] = field(default_factory=dict)
    """Processes that have compiled a group, by its name; the one used last comes last."""

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
        self._relay.tell(ended)

    @property
    def _relay(self) -> Relay:
        return Relay(self.connection)

    def _child(self, request: Event, spec: GroupSpec) -> Event:
        task = child.TASKS[request["task"]]
        forked = fork(lambda pipe, enter: _run(task, spec, pipe, enter), self._private())
        try:
            return self._relay.pass_on(forked, spec, request["silence_s"])[0]
        finally:
            forked.finish()

    def _compile(self, name: str, spec: GroupSpec, silence_s: float) -> Event | None:
        """None where the template is there, now or before; else why it can't be."""
        known = self.templates.get(name)
        if known is not None and not known.has_ended():
            self.templates[name] = self.templates.pop(name)
            return None
        self._forget(name)
        self._make_room()
        template = fork(lambda pipe, enter: _become_template(pipe, enter, spec), self._private())
        self.templates[name] = template
        ended, _ = self._relay.pass_on(template, spec, silence_s)
        if ended["status"] == "ok":
            return None
        self._forget(name)
        return ended

    def _template(self, name: str, request: Event, spec: GroupSpec) -> Event:
        """What the template says of a child of its own; one that dies is made anew next time."""
        template = self.templates[name]
        silence_s = request["silence_s"] + TEMPLATE_GRACE_S
        try:
            send(template.connection, {**request, "template": ""})
        except OSError:
            ended, is_alive = end("crashed", "the process that had compiled the group ended"), False
        else:
            ended, is_alive = self._relay.pass_on(template, spec, silence_s)
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
