"""Runs of any age, each with one row of timed blocks."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from db.tables import Environment, Hardware, Run, Software, TimingBlock, TimingPart

NOW = datetime.now(UTC)


def add_run(connection, uid, *, days, label=None, status="done", idempotency_key=None):
    """The row id of a run that began so many days ago and timed one entry."""
    run_id = connection.scalar(
        insert(Run).returning(Run.id),
        {
            "uid": uid, "label": label, "suite": "quick", "suite_document": {}, "trigger": "cli",
            "status": status, "started_at": NOW - timedelta(days=days),
            "finished_at": None if status == "running" else NOW, "environment_id": 1, "seed": 0,
            "engine_version": "", "code": {}, "state": {}, "n_planned": 0,
            "idempotency_key": idempotency_key,
        },
    )  # fmt: skip
    part_id = connection.scalar(
        insert(TimingPart).returning(TimingPart.id),
        {
            "run_id": run_id, "group_fingerprint": "g", "process_ix": 0, "part": 0, "is_last": True,
            "n_rounds": 1, "seed": 0, "started_at": NOW, "status": "ok", "reason": "", "facts": {},
        },
    )  # fmt: skip
    arrays = ("wall_ns", "cpu_ns", "position", "involuntary_switches", "minor_faults", "flags")
    numbers = [random.getrandbits(60) for _ in range(2000)]
    connection.execute(
        insert(TimingBlock),
        {
            "part_id": part_id, "label": "relu", "role": "case", "case_id": None, "n_calls": 1,
            **dict.fromkeys(arrays, numbers),
        },
    )  # fmt: skip
    return run_id


def fill(store):
    """Six runs: old and young, labelled and open."""
    with store.transaction() as connection:
        connection.execute(insert(Hardware), {"fingerprint": "h", "label": "", "facts": {}})
        software = {"fingerprint": "s", "label": "", "torch_version": "", "facts": {}}
        connection.execute(insert(Software), software)
        environment = {"fingerprint": "e", "hardware_id": 1, "software_id": 1}
        connection.execute(insert(Environment), environment)
        add_run(connection, "older", days=40)
        add_run(connection, "old", days=31, status="interrupted")
        add_run(connection, "labelled", days=400, label="release 1")
        add_run(connection, "killed", days=50, status="running")
        add_run(connection, "measuring", days=6, status="running")
        add_run(connection, "young", days=29)
