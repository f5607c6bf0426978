"""Open runs that nobody measures any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from db.liveness import may_be_alive, this_machine
from db.tables import Run, TimingPart


def abandoned(connection: Connection, uids: Iterable[str]) -> set[str]:
    """Those of these runs that are open and whose process has ended without a word."""
    newest = select(func.max(TimingPart.started_at)).where(TimingPart.run_id == Run.id)
    rows = connection.execute(
        select(Run.uid, Run.state, Run.started_at, newest.scalar_subquery()).where(
            Run.status == "running", Run.uid.in_(list(uids))
        )
    ).all()
    if not rows:
        return set()
    here, now = this_machine(), datetime.now(UTC)
    return {
        uid
        for uid, state, started_at, newest_part_at in rows
        if not may_be_alive(
            state, _last_sign(state, newest_part_at or started_at), here=here, now=now
        )
    }


def _last_sign(state: Mapping[str, Any], newest_row_at: datetime) -> datetime:
    reopened_at = state.get("reopened_at")
    return max(newest_row_at, datetime.fromisoformat(reopened_at)) if reopened_at else newest_row_at
