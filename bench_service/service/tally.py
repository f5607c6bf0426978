"""What a worker has done since it began, counted as it happens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts of one worker; numbers alone, so that counting disturbs nothing."""

    n_jobs: Counter[str] = field(default_factory=Counter)
    """Jobs whose last attempt was this worker's, by what became of them."""
    n_attempts: int = 0
    attempts_s: float = 0.0
    n_lost: int = 0
    """Attempts of this worker whose measuring process ended without a word."""
    n_due: int = 0
    """Jobs that this worker made of schedules."""
    n_missed: int = 0
    """Moments at which a schedule was due, and that this worker settled without a job."""
    beat_at_s: float = 0.0
    """Seconds since 1970; 0 before the first beat."""
