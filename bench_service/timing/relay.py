"""What a child says is passed on to whoever asked, until it ends, dies or falls silent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from bench_service.timing.forked import Child
from bench_service.timing.spec import GroupSpec
from bench_service.timing.wire import Event, end, receive, send

# How often a silent child is looked at: a process that it started may hold its pipe open.
LOOK_S = 0.25
# A process whose pipe has closed is ending; this long until it isn't.
END_S = 1.0


class AskerGone(Exception):  # noqa: N818  # not an error: how every forker's work ends
    """Whoever asked has gone away."""


@dataclass(frozen=True)
class Relay:
    """Stands between a child and whoever asked, at the other end of ``asker``."""

    asker: Connection

    def tell(self, message: Event) -> None:
        """Send one message to whoever asked; AskerGone where nobody hears it."""
        try:
            send(self.asker, message)
        except OSError:
            raise AskerGone from None

    def pass_on(self, source: Child, spec: GroupSpec, silence_s: float) -> tuple[Event, bool]:
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
            self.tell(message)

    def _speaks(self, source: Child, silence_s: float) -> bool:
        """True where something can be read of a child within its time; EOFError where it ended."""
        deadline = time.monotonic() + silence_s
        while (left := deadline - time.monotonic()) > 0:
            heard = wait([source.connection, self.asker], min(LOOK_S, left))
            if source.connection in heard:
                return True
            if heard:  # nobody asks twice at once: it is closed
                raise AskerGone
            if source.has_ended():
                if source.connection.poll():
                    return True
                raise EOFError
        return False


def _why_it_ended(source: Child) -> str:
    """How a process ended whose pipe is closed; it gets a moment for that."""
    deadline = time.monotonic() + END_S
    while not source.has_ended():
        if time.monotonic() > deadline:
            return "the process closed the connection to the one that watches it"
        time.sleep(0.001)
    return source.how_it_ended()
