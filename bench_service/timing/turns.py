"""Processes that begin together take turns at what needs a core: as many at once as there are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Turns:
    """A pipe that holds a byte for each turn that is free. Nobody gets one before it is opened."""

    entry: int
    """Where a turn is taken: the descriptor of the pipe's reading end."""
    exit: int
    """Where it is given back."""

    @classmethod
    def closed(cls) -> Turns:
        """New turns, which nobody can take yet."""
        return cls(*os.pipe())

    def open(self, n_at_once: int) -> None:
        """Let so many processes at a time take their turns."""
        os.write(self.exit, bytes(n_at_once))

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn, and give it back at the end of the block, whatever becomes of it."""
        os.read(self.entry, 1)
        try:
            yield
        finally:
            os.write(self.exit, bytes(1))

    def leave(self) -> None:
        """Close this process's ends; those of others stay open."""
        for descriptor in (self.entry, self.exit):
            with suppress(OSError):
                os.close(descriptor)
