"""Whether a process is alive, a run's or a worker's, as far as this machine can tell."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

PROCESS = ("host", "boot_time", "pid", "process_started")
"""What a run stores of the process that measures it, and a worker of itself."""
PROCESS_SPACE = "process_space"
"""What both store besides: see ``process_space``."""
SILENCE = timedelta(days=1)
"""A run on another machine that stored nothing for so long isn't measured any more."""
SILENCE_BESIDE = timedelta(minutes=10)
"""The same of a run in another container of this very machine."""
BEAT_SILENCE = timedelta(seconds=60)
"""A worker on another machine that didn't beat for so long doesn't work any more."""
_SAME = timedelta(seconds=2)
"""Moments that are this near are one: the system rounds them."""
_TICK_S = 0.02
"""The system counts a process's start in hundredths of a second since its own."""


@dataclass(frozen=True)
class Machine:
    """A machine as a look at its processes needs it; moments in seconds since 1970."""

    host: str
    boot_time: float
    process_started: Callable[[int], float | None]
    """When the process of that id began; None where there is none."""
    process_space: str | None = None

    def shares_processes(self, state: Mapping[str, Any]) -> bool:
        """Whether this machine's process ids mean what those of ``state`` mean.

        Two machines may go by one name, and so may containers. Where one of them couldn't tell its
        space, the name alone decides.
        """
        spaces = {state.get(PROCESS_SPACE), self.process_space} - {None}
        return state.get("host") == self.host and len(spaces) < 2


def this_machine() -> Machine:
    """The machine that this process runs on."""
    return Machine(platform.node(), psutil.boot_time(), _process_started, process_space())


def _boot(space: str | None) -> str | None:
    return None if space is None else space.partition(" ")[0]


def process_space(proc: Path = Path("/proc")) -> str | None:
    """What tells the processes that one can see from all others; None where no system tells.

    The kernel's name for the time since it started (random(4)) and the namespace of process ids
    (pid_namespaces(7)): two processes of one space see the same ids.
    """
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {(proc / 'self/ns/pid').readlink()}"
    except OSError:
        return None


def _process_started(pid: int) -> float | None:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:  # it has ended; nobody has asked how
            return None
        return float(process.create_time())
    except psutil.Error:
        return None


def may_be_alive(
    state: Mapping[str, Any],
    last_sign: datetime,
    *,
    here: Machine,
    now: datetime,
    silence: timedelta = SILENCE,
) -> bool:
    """True where a run's or a worker's process is alive, or is on a machine we can't ask.

    ``state`` is what was stored of the process; without all of ``PROCESS`` there is none. A
    process id that was given anew, after a restart or not, doesn't count; a clock that was set
    since then moves both moments alike, and does. Of another machine only the newest that was
    stored speaks: ``last_sign``, less than ``silence`` ago, and since this machine was started
    where both go by one name, for it may have been this one.
    """
    if any(state.get(name) is None for name in PROCESS):
        return False
    if not here.shares_processes(state):
        was_here = state["host"] == here.host
        if was_here and _boot(state.get(PROCESS_SPACE)) == _boot(here.process_space):
            silence = min(silence, SILENCE_BESIDE)
        elif was_here and last_sign < datetime.fromtimestamp(here.boot_time, UTC):
            return False
        return now - last_sign < silence
    started = here.process_started(int(state["pid"]))
    if started is None:
        return False
    moved_s = here.boot_time - state["boot_time"]
    if abs(moved_s) > _SAME.total_seconds():  # the clock was set, or the machine restarted
        return bool(abs(started - moved_s - state["process_started"]) < _TICK_S)
    return bool(abs(started - state["process_started"]) < _SAME.total_seconds())
