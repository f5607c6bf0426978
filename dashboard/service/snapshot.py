"""All that the page about jobs shows, as it was at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

LATELY = timedelta(days=1)
LOST_BY_NOW = ("failed", "partial")


@dataclass(frozen=True)
class Snapshot:
    """Frames as ``db.queries`` give them, of what was there at ``now``."""

    now: datetime
    queued: pd.DataFrame
    running: pd.DataFrame
    ended: pd.DataFrame
    workers: pd.DataFrame
    schedules: pd.DataFrame
    firings: pd.DataFrame
    """Of all schedules, with the column ``schedule``, the newest first."""
    is_cut: bool = False
    """More jobs wait than were asked for."""

    @cached_property
    def in_line(self) -> pd.DataFrame:
        """The jobs that wait, in the order in which they are taken."""
        return self.queued.sort_values(["priority", "submitted_at"], kind="stable")

    @cached_property
    def live(self) -> pd.DataFrame:
        """The workers that are alive."""
        return self.workers.loc[self.workers["is_alive"]]

    @cached_property
    def unsuccessful(self) -> pd.DataFrame:
        """The jobs that failed or ended partial, the newest end first."""
        return self.ended.loc[self.ended["status"].isin(LOST_BY_NOW)]

    @property
    def failed_lately(self) -> pd.DataFrame:
        """Those of them that ended within a day."""
        found = self.unsuccessful
        return found.loc[found["ended_at"] >= self.now - LATELY]

    @property
    def is_empty(self) -> bool:
        """True where nothing was ever asked and nobody ever came."""
        frames = (self.queued, self.running, self.ended, self.workers, self.schedules)
        return all(frame.empty for frame in frames)

    def takers(self, route: str) -> list[str]:
        """Live workers that have what a job needs."""
        return [worker for worker, routes in self._routes.items() if route in routes]

    def is_lost(self, worker: object) -> bool:
        """True where a job's worker isn't alive any more."""
        return worker not in self._routes

    @cached_property
    def _routes(self) -> dict[str, list[str]]:
        """What each live worker has."""
        return {row["identity"]: row["routes"] or [] for row in records(self.live)}


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, with None where a text or a number is missing."""
    columns = [[_known(value) for value in frame[name].tolist()] for name in frame.columns]
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def name_of(job: dict[str, Any]) -> str:
    """What people call a job: its label, else its suite."""
    return str(job["label"] or job["suite"])


def names_of(jobs: Iterable[dict[str, Any]], limit: int = 3) -> Sequence[str]:
    """The names of jobs, each once."""
    return list(dict.fromkeys(name_of(job) for job in jobs))[:limit]


def _known(value: Any) -> Any:  # noqa: ANN401  # a cell
    return None if not isinstance(value, list | dict) and pd.isna(value) else value
