"""Workers as the page shows them: in what state, what they have, how much they take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.service.snapshot import records
from dashboard.service.times import moment, since
from dashboard.tabular import Column
from dashboard.words import percent
from db.queries.service import AT_WORK, IDLE, LOST, STOPPED

ORDER = (AT_WORK, IDLE, LOST, STOPPED)
COLUMNS = {
    column.source: column
    for column in (
        Column("identity", "Worker", "HOST/NAME"),
        Column("state", "State", "lost: it ended without a word"),
        Column("has", "Has", "What a job may need"),
        Column("last_sign", "Last sign of life"),
        Column("doing", "Job"),
        Column("cpu_share", "CPU share", "Of one core, by the worker itself since it started"),
        Column("memory", "Memory", "Of the worker itself"),
        Column("since", "Since"),
        Column("version", "Version"),
    )
}


def table(workers: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """One row per worker with the columns ``COLUMNS`` as text, those at work first."""
    rows = [_row(worker, now) for worker in records(workers)]
    rows.sort(key=lambda row: (ORDER.index(row["state"]), row["silent_s"]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def cpu_share(worker: Mapping[str, Any]) -> float:
    """The share of a core that a worker took since it started; NaN in its first second."""
    lived_s = (worker["beat_at"] - worker["started_at"]).total_seconds()
    return float(worker["cpu_s"]) / lived_s if lived_s >= 1 else math.nan


def _row(worker: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    state, share, memory = worker["state"], cpu_share(worker), worker["rss_bytes"]
    return {
        "identity": worker["identity"],
        "state": state,
        "has": ", ".join(worker["routes"] or ()),
        "last_sign": f"{since(worker['beat_at'], now)} ago ({moment(worker['beat_at'])})",
        "silent_s": (now - worker["beat_at"]).total_seconds(),
        "doing": worker["job_uid"] if state == AT_WORK else "",
        "cpu_share": "–" if math.isnan(share) else percent(share),
        "memory": "–" if memory is None else f"{memory / 1e6:.0f} MB",
        "since": moment(worker["started_at"]),
        "version": worker["version"],
    }
