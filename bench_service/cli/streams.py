"""Standard output and error that take every text, whatever their encoding."""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path

ERRORS = "bench_service.plain"
PLAIN = {
    "µ": "u", "μ": "u", "–": "-", "—": "-", "±": "+-", "…": "...", "·": ".", "≥": ">=", "≤": "<=",
    "×": "x", "→": "->",
}  # fmt: skip
"""What our own texts hold beyond ASCII; anything else becomes a question mark."""


def plain(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that an encoding doesn't have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, "?") for character in missing), error.end


codecs.register_error(ERRORS, plain)


def tolerate_every_text() -> None:
    """Make printing never fail for a character; a stream that was closed swallows what it gets."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115  # until the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


def swallow_the_rest() -> None:
    """Send what is still to be written nowhere: whoever read it has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
