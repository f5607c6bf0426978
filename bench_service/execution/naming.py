"""A group in a few words, for people who wait."""

from __future__ import annotations

from bench_service.planning import Group

_USUAL = {"default", "contiguous", "normal", "kernel"}


def describe(group: Group) -> str:
    """The group in a few words, for progress: ``forward, 1,024 float32, cpu-eager``."""
    c = group.conditions
    more = [word for word in (c.condition, c.layout, c.input) if word not in _USUAL]
    threads = [f"{c.threads} threads"] if c.threads > 1 else []
    return ", ".join([c.pass_name, f"{c.numel:,} {c.dtype}", c.backend, *more, *threads])
