"""The process that measuring children are forked from: how it begins, and how it ends.

It has imported torch and never computes. It speaks JSON over a connection, so that another
interpreter, with another torch, can be driven the same way; ``forker_server`` says what it
answers. Before torch it takes the machine's lock, or waits at the gate for the one that does:
importing in several processes would disturb whoever is measuring.

Arguments: the parent's process id, the connection's descriptor, ``wait``, ``no-wait`` or
``no-lock``, and the gate's descriptor or -1.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection

from bench_service.timing.confine import (
    adopt_orphans,
    die_with_parent,
    lock_path,
    take_machine_lock,
)
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


def open_gate(gate: int) -> None:
    """Let those begin that wait at the gate's other end."""
    with suppress(BrokenPipeError):  # nobody waits any more
        os.write(gate, b".")


def pass_gate(gate: int) -> bool:
    """True as soon as the gate is open; False where who should have opened it has ended.

    The byte that opens it stays in the pipe: any number of processes may wait for the same one.
    """
    waiting = select.poll()
    waiting.register(gate, select.POLLIN)
    return any(event & select.POLLIN for _, event in waiting.poll())


def _begin(connection: Connection, lock_mode: str, gate: int) -> tuple[int, ...] | None:
    """The descriptors to be kept from children, once it is this process's turn; None: never."""
    if lock_mode == "no-lock":
        return () if gate < 0 or pass_gate(gate) else None
    lock = _take_lock(connection, waits=lock_mode == "wait")
    if lock is not None and gate >= 0:
        open_gate(gate)
    return None if lock is None else (lock,)


def _serve(connection: Connection, private: tuple[int, ...]) -> None:
    """Import what children need, say so, and answer until nobody asks any more."""
    gc.disable()  # it took a quarter of the time of importing
    import torch

    from bench_service.timing.forker_server import Server

    for name in PRELOADED:
        import_module(name)
    gc.freeze()  # children don't copy pages only because the collector looked at them
    gc.enable()
    send(connection, {"event": "ready", "torch": torch.__version__})
    Server(connection, private, adopts=True).serve()


def main() -> None:
    """Serve on the descriptor given on the command line until its other side is gone."""
    parent, descriptor, lock_mode, gate = (
        int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]),
    )  # fmt: skip
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # ends children on the way out
    die_with_parent(parent, signal.SIGTERM)
    adopt_orphans()
    connection = Connection(descriptor)
    os.set_inheritable(descriptor, False)  # it was for this process alone
    private = _begin(connection, lock_mode, gate)
    if gate >= 0:
        os.close(gate)
    if private is None:
        return
    with suppress(SystemExit):
        _serve(connection, private)
    os._exit(0)  # torch takes a third of a second to be taken apart


if __name__ == "__main__":
    main()
