"""What a page is about: timings or training; which runs have it, and what is chosen of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from dashboard.bar import Bar
from dashboard.runs import Run


@dataclass(frozen=True)
class Place:
    """The hardware, by name and fingerprint, and the run of it that was chosen."""

    hardware: str
    fingerprint: str
    run: Run


class Choice(Protocol):
    """What every page finds: the run, and the address of what was chosen."""

    @property
    def run(self) -> Run:
        """The chosen run."""
        ...

    def address(self) -> str:
        """The query that leads to this choice, with nothing left to defaults."""
        ...


@dataclass(frozen=True)
class Kind:
    """A kind of pages."""

    count: Callable[[Run], int]
    """How many cases of a run are of this kind."""
    rows: Callable[[Run], pd.DataFrame]
    choose: Callable[[Bar, Place, pd.DataFrame], Choice]
    """Draws what is chosen of the rows of a run, and hands it on."""
    doing: str
    """What a run with such cases did: ``timed`` or ``trained``."""
    command: str
    """Measures some."""
    elsewhere: str
    """Where cases of the other kind are shown."""
