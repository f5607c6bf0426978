"""A clock that stands still until it is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FixedClock:
    """Called, it tells the moment that it was set to."""

    def __init__(self, *moment):
        self.now = utc(*moment)

    def __call__(self):
        return self.now

    def pass_by(self, **span):
        """Let so much time pass; a negative span puts the clock back."""
        self.now += timedelta(**span)


def utc(*moment):
    """A moment in UTC: year, month, day, hour, minute."""
    return datetime(*moment, tzinfo=UTC)
