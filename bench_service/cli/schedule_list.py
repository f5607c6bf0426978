"""Schedules as a table on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bench_service.cli.job_list import STYLES
from bench_service.cli.output import NOTHING, console, styled
from bench_service.cli.table import Column, print_table

if TYPE_CHECKING:
    from rich.text import Text

    from bench_service.service.outlook import Outlook

COLUMNS = (
    Column("schedule"),
    Column("cron"),
    Column("zone"),
    Column("suite", leaves=3, folds_to=12),
    Column("needs", leaves=4),
    Column("missed", leaves=5),
    Column("next in its zone", folds_to=16),
    Column("last due", leaves=1),
    Column("job", leaves=1),
    Column("became", folds_to=16),
)


def print_schedules(found: Sequence[Outlook]) -> None:
    """The schedules, one a line."""
    print_table(console(), COLUMNS, [_cells(one) for one in found])


def _cells(one: Outlook) -> tuple[str | Text, ...]:
    coming = ", ".join(_moment(due, one.time_zone) for due in one.next_due_at)
    last = NOTHING if one.last_due_at is None else _moment(one.last_due_at, one.time_zone)
    return (
        one.name, one.cron, one.time_zone, one.suite, one.route, one.missed, coming or NOTHING,
        last, one.last_job or NOTHING,
        styled(one.last_status, STYLES) if one.last_status else one.note or NOTHING,
    )  # fmt: skip


def _moment(due: datetime, time_zone: str) -> str:
    return f"{due.astimezone(ZoneInfo(time_zone)):%a %d %b %H:%M}"
