"""The moments that a cron text means in a time zone: each once, whatever is done to the clocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from croniter import CroniterError, croniter

from bench_service.errors import JobError

N_FIELDS = 5
_BY_CHANCE = re.compile(r"[hr](\(|/|$)", re.IGNORECASE)
"""croniter's own: moments that differ from program to program."""
_MINUTE = timedelta(minutes=1)
_LONGEST_FOLD = timedelta(hours=3)
"""No zone puts its clocks back by more (tz database; Antarctica/Troll has two hours)."""


@dataclass(frozen=True)
class Cron:
    """When something is due, by the clocks of a zone.

    Where they are put forward, what they leave out is due at the moment of the change; where they
    are put back, what they show twice is due the first time. So a daily moment is due once a day,
    and one of every half hour isn't due in the hour that comes again.
    """

    text: str
    time_zone: str = "UTC"

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The moments later than this one, in UTC, the earliest first."""
        start = moment.astimezone(self._zone).replace(tzinfo=None)
        last = moment.astimezone(UTC)
        for local in croniter(self.text, start).all_next(datetime):
            due = self._in_utc(local)
            if due > last:
                yield due
                last = due

    def until(self, moment: datetime) -> Iterator[datetime]:
        """The moments up to this one, in UTC, the latest first."""
        start = moment.astimezone(self._zone).replace(tzinfo=None) + _LONGEST_FOLD
        last: datetime | None = None
        for local in croniter(self.text, start).all_prev(datetime):
            due = self._in_utc(local)
            if due <= moment and due != last:
                yield due
                last = due

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def _in_utc(self, local: datetime) -> datetime:
        while True:
            due = local.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
            if due.astimezone(self._zone).replace(tzinfo=None) == local:
                return due
            local += _MINUTE  # the clocks never show it: they are put forward over it


def checked_cron(text: str, time_zone: str, now: datetime) -> Cron:
    """The text in the zone; JobError where either can't be read, or no moment comes of them."""
    try:
        zone_is_known = time_zone in available_timezones() and bool(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone_is_known = False
    if not zone_is_known:
        raise JobError(
            "There is no such time zone.",
            got=repr(time_zone),
            allowed="names of the tz database, such as UTC, Europe/Berlin, America/New_York",
            next_step="give another --time-zone",
        )
    fields = text.split()
    if len(fields) != N_FIELDS:
        raise _unreadable(text, f"{len(fields)} fields, not five")
    if any(_BY_CHANCE.match(field) for field in fields):
        raise _unreadable(text, "H and R mean moments that are drawn by chance")
    cron = Cron(" ".join(fields), time_zone)
    try:
        next(cron.after(now))
    except (CroniterError, ValueError, TypeError, OverflowError) as error:
        raise _unreadable(text, str(error)) from error
    return cron


def _unreadable(text: str, why: str) -> JobError:
    return JobError(
        "That can't be read as moments that come.",
        got=f"{text!r}: {why}",
        allowed="minute, hour, day of month, month, day of week: '30 2 * * *' is half past two "
        "each day, '0 */6 * * mon-fri' every six hours from Monday to Friday",
        next_step="give all five fields in one pair of quotes",
    )
