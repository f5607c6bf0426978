"""Facts of two environments held against each other."""

from __future__ import annotations

from typing import Any


def fact_differences(base: Any, head: Any, name: str = "") -> list[dict[str, Any]]:  # noqa: ANN401  # facts
    """The facts that differ, as ``{"fact", "base", "head"}``; nested facts by dotted names."""
    if isinstance(base, dict) and isinstance(head, dict):
        found = []
        for key in dict.fromkeys((*base, *head)):
            inner = f"{name}.{key}" if name else str(key)
            found += fact_differences(base.get(key), head.get(key), inner)
        return found
    return [] if base == head else [{"fact": name, "base": base, "head": head}]
