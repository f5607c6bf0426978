"""One job on a terminal: what was asked for, each attempt at it, and what the last one said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench_service.cli.job_list import STYLES, how, known, text_of
from bench_service.cli.output import NOTHING, console, duration, styled
from bench_service.cli.table import Column, print_table

LOG_LINES = 40
OUTCOMES = {**STYLES, "lost": "red"}
ATTEMPTS = (
    Column("try", right=True),
    Column("worker", leaves=2, folds_to=12),
    Column("began (UTC)"),
    Column("took", right=True),
    Column("outcome"),
    Column("reason", folds_to=24),
)


def print_job(job: dict[Any, Any], attempts: Sequence[dict[Any, Any]]) -> None:
    """The job, its attempts, and the end of the log of the last one that said anything."""
    out = console()
    label = f", {job['label']}" if known(job["label"]) else ""
    out.print(f"Job {job['uid']}{label}: suite {job['suite']}, for a machine with {job['route']}.")
    who = f"schedule {job['schedule']}" if known(job["schedule"]) else job["submitted_by"]
    out.print(f"Asked for {job['submitted_at']:%Y-%m-%d %H:%M} UTC by {who}; {job['status']}.")
    if how(job) != NOTHING:
        out.print(str(job["reason"]) if job["reason"] else how(job))
    if attempts:
        out.print()
        print_table(out, ATTEMPTS, [_attempt(each) for each in attempts])
    logs = [each["log"] for each in attempts if each["log"].strip()]
    if logs:
        lines = logs[-1].rstrip().splitlines()
        cut = f", its last {LOG_LINES} lines" if len(lines) > LOG_LINES else ""
        out.print(f"\nWhat the measuring process said last{cut}:")
        for line in lines[-LOG_LINES:]:
            print(f"  {line}")
    if known(job["run"]):
        out.print(f"\nWhat was measured: `bench-service show {job['run']}`")


def _attempt(row: dict[Any, Any]) -> tuple[Any, ...]:
    took = NOTHING
    if known(row["ended_at"]):
        took = duration((row["ended_at"] - row["started_at"]).total_seconds())
    return (
        str(row["number"]), row["worker"], f"{row['started_at']:%Y-%m-%d %H:%M:%S}", took,
        styled(row["outcome"], OUTCOMES), text_of(str(row["reason"]).partition("\n")[0]),
    )  # fmt: skip
