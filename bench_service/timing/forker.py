"""The process that measuring children are forked from: how it begins, and how it ends.

It has imported torch and never computes. It speaks JSON over a connection, so that another
interpreter, with another torch, can be driven the same way; ``forker_server`` says what it
answers. Before torch it takes the machine's lock, or waits for a turn that the one which does lets
it have: importing would disturb whoever is measuring.

Arguments: the parent's process id, the connection's descriptor, ``wait``, ``no-wait`` or
``no-lock``, and where forkers begin together the two descriptors of their turns.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from importlib import import_module
from multiprocessing.connection import Connection

from bench_service.timing.confine import (
    adopt_orphans,
    die_with_parent,
    lock_path,
    take_machine_lock,
)
from bench_service.timing.turns import Turns
from bench_service.timing.wire import send

# Imported at their first use by numpy and torch, which would be in every child: by its first
# random number, 10 ms, and by its first gradient, a quarter of a second.
PRELOADED = ("numpy.random", "torch.fx.experimental.symbolic_shapes")


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


def _server(
    connection: Connection, lock_mode: str, turns: Turns | None
) -> Callable[[], None] | None:
    """What serves the connection, once it is this process's turn to import it; None: never."""
    private: tuple[int, ...] = ()
    if lock_mode != "no-lock":
        lock = _take_lock(connection, waits=lock_mode == "wait")
        if lock is None:
            return None
        private = (lock,)
        if turns is not None:
            turns.open(os.cpu_count() or 1)
    with nullcontext() if turns is None else turns.taken():
        return _imported(connection, private)


def _imported(connection: Connection, private: tuple[int, ...]) -> Callable[[], None]:
    """What serves the connection, with all imported that children need."""
    gc.disable()  # it took a quarter of the time of importing
    import torch

    from bench_service.timing.forker_server import Server

    for name in PRELOADED:
        import_module(name)
    gc.freeze()  # children don't copy pages only because the collector looked at them
    gc.enable()
    send(connection, {"event": "ready", "torch": torch.__version__})
    return Server(connection, private, adopts=True).serve


def main() -> None:
    """Serve on the descriptor given on the command line until its other side is gone."""
    parent, descriptor, lock_mode, *ends = sys.argv[1:]
    turns = Turns(*map(int, ends)) if ends else None
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # ends children on the way out
    die_with_parent(int(parent), signal.SIGTERM)
    adopt_orphans()
    connection = Connection(int(descriptor))
    os.set_inheritable(int(descriptor), False)  # it was for this process alone
    serve = _server(connection, lock_mode, turns)
    if turns is not None:
        turns.leave()
    if serve is None:
        return
    with suppress(SystemExit):
        serve()
    os._exit(0)  # torch takes a third of a second to be taken apart


if __name__ == "__main__":
    main()
