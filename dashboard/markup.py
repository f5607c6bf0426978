"""Text of others inside our sentences: shown as it is, never as markup."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SHORTCODE = re.compile(r":(?=[\w+/-]+:)")
_WORD_JOINER = "\N{WORD JOINER}"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")
"""What a terminal obeys (ECMA-48), and other control characters but tabs and line ends."""


def plain(text: object, limit: int = 300) -> str:
    """A text for Markdown, on one line, that reads as it was written; a longer one is cut.

    Every ASCII punctuation character can be escaped (CommonMark 0.31, section 2.4). Names of
    emoji and icons are replaced after that, so a character without width parts them.
    """
    line = " ".join(uncontrolled(str(text)).split())
    cut = line if len(line) <= limit else line[: limit - 1] + "…"
    return _PUNCTUATION.sub(r"\\\1", _SHORTCODE.sub(f":{_WORD_JOINER}", cut))


def first_line(text: str) -> str:
    """The first line of a text: of a message, what was wrong."""
    return uncontrolled(text).strip().partition("\n")[0]


def uncontrolled(text: str) -> str:
    """A text without colours and moves of a terminal's cursor."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def tail(log: str, n_lines: int = 40, n_characters: int = 6_000) -> str:
    """The last lines of a log, and a first one that says so where it was longer."""
    end = uncontrolled(log[-4 * n_characters :])  # colours take room too
    lines = end.rstrip().split("\n")
    kept = "\n".join(lines[-n_lines:])[-n_characters:]
    is_cut = len(kept) < len("\n".join(lines)) or len(log) > 4 * n_characters
    return f"… (the end of a longer log)\n{kept}" if is_cut else kept
