"""What is told of jobs and of workers' attempts at them: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Attempt:
    """A worker's try at a job, and what it needs for it."""

    uid: str
    number: int
    worker: str
    route: str
    document: Mapping[str, Any]


@dataclass(frozen=True)
class GivenUp:
    """A job that ended as a failure instead of another try."""

    reason: str


@dataclass(frozen=True)
class Waiting:
    """A job that hasn't ended."""

    uid: str
    route: str
    priority: int
    worker: str | None
    """Who is at it, or was when it was lost."""


@dataclass(frozen=True)
class Ended:
    """How an attempt ended: ``outcome`` is one of ``db.tables.service.ATTEMPT_OUTCOMES``."""

    outcome: str
    reason: str = ""
    run: str | None = None
    log: str = ""
    worker_cpu_s: float | None = None


@dataclass(frozen=True)
class JobRun:
    """A run that was begun for a job."""

    uid: str
    status: str
    key: str
