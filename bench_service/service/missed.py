"""What becomes of moments at which a schedule was due, some of them long ago."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

LATE = timedelta(minutes=10)
"""From here on a moment counts as missed where those are skipped."""
MOST = 100
"""So many moments are looked at, at most: after a year away nobody wants the rest."""


@dataclass(frozen=True)
class Decision:
    """What becomes of a moment: a job, or a note that says why there is none."""

    due_at: datetime
    note: str = ""

    @property
    def leads_to_job(self) -> bool:
        """Whether it does."""
        return not self.note


def decided(
    newest_first: Iterable[datetime], now: datetime, missed: str, since: datetime
) -> list[Decision]:
    """A decision for each moment later than ``since``, the earliest first.

    ``missed``: ``once`` makes a job for the newest alone, ``skip`` for none that passed more than
    ten minutes ago, ``all`` for each.
    """
    found: list[datetime] = []
    is_cut = False
    for moment in islice(newest_first, MOST + 1):
        if moment <= since:
            break
        if len(found) == MOST:
            is_cut = True
            break
        found.append(moment)
    decisions = [
        Decision(moment, _note(moment, now, missed, is_newest=moment == found[0]))
        for moment in reversed(found)
    ]
    if is_cut:
        more = f"missed, with all before it: only the {MOST} newest are looked at"
        decisions[0] = Decision(decisions[0].due_at, more)
    return decisions


def _note(moment: datetime, now: datetime, missed: str, *, is_newest: bool) -> str:
    late = now - moment
    if missed == "once" and not is_newest:
        return "missed: nobody looked until a later one was due, whose job stands for both"
    if missed == "skip" and late > LATE:
        return f"missed by {_in_words(late)}: nobody looked, and this schedule skips what is late"
    return ""


def _in_words(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"
