"""How results look on a terminal: JSON for programs, tables for people."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from bench_service.contract import plain

VERDICT_STYLE = {"faster": "green", "slower": "yellow", "inconclusive": "dim"}
QUALITY_STYLE = {"unstable": "yellow", "invalid": "red"}
# Where the output is no terminal there is no width to fit in: nothing is cut off in a log.
WIDTH_WITHOUT_TERMINAL = 160


def console(*, stderr: bool = False) -> Console:
    """A console; plain text without colours where the output is no terminal."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, soft_wrap=not stream.isatty(), highlight=False)


def print_json(document: Any) -> None:  # noqa: ANN401  # any document
    """Print a document as JSON; NaN becomes null."""
    print(json.dumps(plain(document), indent=2, allow_nan=False, ensure_ascii=False))


def table(*columns: str, title: str | None = None, right: tuple[str, ...] = ()) -> Table:
    """An empty table; the columns in ``right`` are aligned to the right."""
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", no_wrap=True)
    return made


def interval(value: float | None, low: float, high: float, digits: int = 3) -> str:
    """A value with its interval: ``1.042 [1.031, 1.053]``; an en dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isnan(low):
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def styled(word: object, styles: dict[str, str]) -> str:
    """A word in its colour; the word itself carries the meaning."""
    if not isinstance(word, str) or not word:  # a frame holds NaN where there is no word
        return "–"
    style = styles.get(word)
    return f"[{style}]{word}[/]" if style else word
