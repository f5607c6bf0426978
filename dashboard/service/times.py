"""Moments and spans as people read them, and the next moments of a schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pandas as pd

from bench_service.service.cron import Cron

_STEPS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"))


def moment(when: object) -> str:
    """A moment with its zone, in an order that sorts: ``2026-11-20 22:40 UTC``; '' for none."""
    return "" if pd.isna(when) else f"{_utc(when):%Y-%m-%d %H:%M} UTC"  # type: ignore[call-overload]


def clock_time(when: object, now: datetime) -> str:
    """The time of a moment of this day, else the whole moment, with its zone."""
    if not pd.isna(when) and _utc(when).date() == now.date():  # type: ignore[call-overload]
        return f"{_utc(when):%H:%M} UTC"
    return moment(when)


def span(seconds: float) -> str:
    """A span in one or two units, rounded down: ``45 s``, ``12 min``, ``3 h 5 min``, ``2 d``."""
    whole = max(0, int(seconds))
    for step, unit, smaller, smaller_unit in _STEPS:
        if whole >= step:
            rest = whole % step // smaller
            return f"{whole // step} {unit}" + (f" {rest} {smaller_unit}" if rest else "")
    return f"{whole // 60} min" if whole >= 60 else f"{whole} s"


def since(when: object, now: datetime) -> str:
    """How long ago a moment was: ``12 min``; a clock ahead of ours makes it ``0 s``."""
    return span((now - _utc(when)).total_seconds())


def next_moments(cron: str, time_zone: str, now: datetime, n: int = 3) -> list[datetime]:
    """The next moments at which a schedule is due, in its own zone.

    ValueError where the text is no cron text, or the zone isn't known.
    """
    try:
        coming = islice(Cron(cron, time_zone).after(now), n)
        return [each.astimezone(ZoneInfo(time_zone)) for each in coming]
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise ValueError(f"“{cron}” in “{time_zone}” can't be read") from error


def in_zone(when: datetime) -> str:
    """A moment of a schedule in its own zone: ``Sat 21 Nov 05:00 CET``."""
    return f"{when:%a %d %b %H:%M %Z}"


def _utc(when: object) -> datetime:
    stamp = pd.Timestamp(when)  # type: ignore[arg-type]
    return stamp.tz_convert(UTC).to_pydatetime()
