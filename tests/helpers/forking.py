"""What tests of the forker share: specifications, and eyes on the process table."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bench_service.result import Conditions, Role
from bench_service.timing.spec import EntrySpec, GroupSpec

FILE = Path(__file__).with_name("misbehaving.py")
CONDITIONS = Conditions("cpu-eager", "forward", "float32", 256)


def mis(name: str) -> str:
    """The reference of a misbehaving activation."""
    return f"{FILE}:{name}"


def spec_of(*activations: str, n_calls: int = 0, n_rounds: int = 0, **more) -> GroupSpec:
    entries = tuple(
        EntrySpec(name.rpartition(":")[2], Role.CASE, name, n_calls=n_calls) for name in activations
    )
    return GroupSpec(CONDITIONS, entries, n_rounds=n_rounds, **more)


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def commands_with(word: str) -> list[int]:
    """Processes that have a word among their arguments."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        is_zombie = process.info["status"] == psutil.STATUS_ZOMBIE
        if word in (process.info["cmdline"] or []) and not is_zombie:
            found.append(process.pid)
    return found


def eventually(condition: Callable[[], bool], limit_s: float = 20.0) -> bool:
    """True as soon as the condition holds; False where it doesn't within a generous limit."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
