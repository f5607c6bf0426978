"""A console that prints what it is given."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console


class PlainConsole(Console):
    """Text as it is: brackets and colons mean nothing; lines fold on terminals alone."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(file=stream, highlight=False, markup=False, emoji=False)
        self.soft_wrap = not self.is_terminal

    def on_broken_pipe(self) -> None:
        """Whoever read our output has gone: the console script decides what that means."""
        raise BrokenPipeError
