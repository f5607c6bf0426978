"""What pytest-benchmark measured, of one session and over time."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import select

from db.queries.frame import bounded, frame
from db.session import Store
from db.tables import CiBenchmark, Environment, Hardware, Run, Software

BENCHMARKS = {
    "name": "text",
    "fullname": "text",
    "group_name": "text",
    "n_rounds": "integer",
    "iterations": "integer",
    "times_ns": "object",
    "stats": "object",
    "params": "object",
    "extra_info": "object",
}
HISTORY = {
    "uid": "text",
    "label": "text",
    "started_at": "time",
    "hardware_fingerprint": "text",
    "hardware_label": "text",
    "software_fingerprint": "text",
    "torch_version": "text",
    "code": "object",
    "n_rounds": "integer",
    "iterations": "integer",
    "times_ns": "object",
    "stats": "object",
}


def ci_benchmarks(store: Store, uid: str, *, limit: int = 10_000) -> pd.DataFrame:
    """The benchmarks of a test session, one row each, in the order in which they were stored.

    ``name, fullname, group_name`` text, ``n_rounds`` (as measured), ``iterations`` int64,
    ``times_ns`` read-only float64 arrays (may hold fewer than ``n_rounds``), ``stats,
    params, extra_info`` dicts. TooManyRowsError beyond ``limit``.
    """
    stored = {"params": "parameters"}
    columns = [getattr(CiBenchmark, stored.get(name, name)) for name in BENCHMARKS]
    statement = select(*columns).join(Run, Run.id == CiBenchmark.run_id).where(Run.uid == uid)
    with store.transaction(reads_only=True) as connection:
        rows = bounded(connection, statement.order_by(CiBenchmark.id), limit)
    return frame(rows, BENCHMARKS)


def ci_history(store: Store, fullname: str, limit: int = 200) -> pd.DataFrame:
    """A benchmark in the newest sessions that ran it, oldest of them first, one row each.

    ``uid, label`` text, ``started_at`` UTC time, ``hardware_fingerprint, hardware_label,
    software_fingerprint, torch_version`` text, ``code`` dicts, then as in ``ci_benchmarks``.
    """
    newest = (
        select(
            Run.uid,
            Run.label,
            Run.started_at,
            Hardware.fingerprint,
            Hardware.label,
            Software.fingerprint,
            Software.torch_version,
            Run.code,
            CiBenchmark.n_rounds,
            CiBenchmark.iterations,
            CiBenchmark.times_ns,
            CiBenchmark.stats,
        )
        .select_from(CiBenchmark)
        .join(Run, Run.id == CiBenchmark.run_id)
        .join(Environment, Environment.id == Run.environment_id)
        .join(Hardware, Hardware.id == Environment.hardware_id)
        .join(Software, Software.id == Environment.software_id)
        .where(CiBenchmark.fullname == fullname)
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(limit)
    )
    with store.transaction(reads_only=True) as connection:
        rows = connection.execute(newest).all()
    return frame(reversed(rows), HISTORY)
