"""How results look on a terminal: JSON for programs, text for people."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

VERDICT_STYLE = {
    "faster": "green", "slower": "yellow", "inconclusive": "dim",
    "better": "green", "worse": "yellow",
}  # fmt: skip
QUALITY_STYLE = {"unstable": "yellow", "invalid": "red"}
NOTHING = "–"


def console(*, stderr: bool = False) -> Console:
    """A console; plain text, and lines of any length, where there is no terminal."""
    from bench_service.cli.plain_console import PlainConsole

    return PlainConsole(sys.stderr if stderr else sys.stdout)


def print_json(document: Any) -> None:  # noqa: ANN401  # any document
    """Print a document as JSON, in escapes where the output can't hold every character."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    print(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=not is_unicode))


def complain(*parts: object) -> None:
    """Print on stderr."""
    print(*parts, file=sys.stderr)


def interval(value: float | None, low: float, high: float) -> str:
    """A value with its interval: ``1.042 [1.031, 1.053]``; an en dash where there is none."""
    if value is None or math.isnan(value):
        return NOTHING
    largest = value if math.isnan(high) else max(value, high)
    digits = 3 if largest < 10 else 2 if largest < 100 else 1 if largest < 1000 else 0
    if math.isnan(low):
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def styled(word: object, styles: dict[str, str]) -> Text:
    """A word in its colour; the word itself carries the meaning."""
    from rich.text import Text

    if not isinstance(word, str) or not word:  # a frame holds NaN where there is no word
        return Text(NOTHING)
    return Text(word, styles.get(word, ""))


def counted(n: int, one: str, many: str = "") -> str:
    """``1 case``, ``2 cases``, ``1,320 cases``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """About how long, in words: ``44 s``, ``5 min``, ``8.0 h``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
