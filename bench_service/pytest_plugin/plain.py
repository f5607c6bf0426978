"""Whatever a test hands over, as something that a JSON document holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set

LONGEST_TEXT = 500
DEEPEST = 6


def plain(value: object, depth: int = 0) -> object:
    """The value in JSON's terms, the same in every process.

    Numbers that aren't finite become null, and what JSON doesn't know becomes text. Functions and
    classes go by their name, and objects without a text of their own by their class: a memory
    address would make a new parameter of the same one in every session.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth < DEEPEST:
        if isinstance(value, Mapping):
            return {str(key): plain(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, Set):
            return sorted((plain(inner, depth + 1) for inner in value), key=repr)
        if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
            return [plain(inner, depth + 1) for inner in value]
    return _text(value)


def document(value: Mapping[str, object] | None) -> dict[str, object]:
    """A mapping in JSON's terms; empty for None."""
    return {str(key): plain(inner, 1) for key, inner in (value or {}).items()}


def _text(value: object) -> object:
    name = getattr(value, "__qualname__", None)
    if isinstance(name, str):
        return f"{getattr(value, '__module__', None)}.{name}"
    as_python = getattr(value, "item", None)  # a scalar of numpy or torch
    if callable(as_python) and getattr(value, "ndim", None) == 0:
        number = as_python()
        return plain(number, DEEPEST) if type(number) is not type(value) else repr(value)
    kind = type(value)
    if kind.__repr__ is object.__repr__:
        return f"{kind.__module__}.{kind.__qualname__}"
    try:
        text = repr(value)
    except Exception:  # a user's own
        return f"{kind.__module__}.{kind.__qualname__}"
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
