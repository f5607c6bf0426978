"""Jobs and workers as tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench_service.cli.output import NOTHING, console, styled
from bench_service.cli.table import Column, print_table

if TYPE_CHECKING:
    from rich.text import Text

STYLES = {
    "done": "green", "partial": "yellow", "failed": "red", "cancelled": "dim", "running": "cyan",
}  # fmt: skip
STATES = {"alive": "green", "lost": "red"}
JOBS = (
    Column("job"),
    Column("label", leaves=3, folds_to=16),
    Column("suite", leaves=4, folds_to=12),
    Column("needs", leaves=5),
    Column("status"),
    Column("submitted (UTC)", leaves=2),
    Column("tries", right=True, leaves=6),
    Column("worker", leaves=7, folds_to=12),
    Column("run", leaves=1),
    Column("how", folds_to=16),
)
WORKERS = (
    Column("worker"),
    Column("has", folds_to=16),
    Column("state"),
    Column("last sign (UTC)", leaves=1),
    Column("job"),
    Column("CPU", right=True, leaves=3),
    Column("memory", right=True, leaves=2),
)


def print_jobs(rows: Sequence[dict[Any, Any]]) -> None:
    """The jobs, one a line."""
    print_table(console(), JOBS, [_job(row) for row in rows])


def print_workers(rows: Sequence[dict[Any, Any]]) -> None:
    """The workers, one a line."""
    print_table(console(), WORKERS, [_worker(row) for row in rows])


def _job(row: dict[Any, Any]) -> tuple[str | Text, ...]:
    return (
        row["uid"], _text(row["label"]), row["suite"], row["route"],
        styled(row["status"], STYLES), f"{row['submitted_at']:%Y-%m-%d %H:%M}",
        str(row["n_attempts"]), _text(row["worker"]), _text(row["run"]), _how(row),
    )  # fmt: skip


def _worker(row: dict[Any, Any]) -> tuple[str | Text, ...]:
    state = "alive" if row["is_alive"] else "stopped" if _known(row["stopped_at"]) else "lost"
    memory = f"{row['rss_bytes'] / 1e6:.0f} MB" if _known(row["rss_bytes"]) else NOTHING
    return (
        row["identity"], ", ".join(row["routes"]), styled(state, STATES),
        f"{row['beat_at']:%Y-%m-%d %H:%M:%S}", _text(row["job_uid"]), f"{row['cpu_s']:.1f} s",
        memory,
    )  # fmt: skip


def _how(row: dict[Any, Any]) -> str:
    """How far a job is, or why it ended."""
    if row["status"] == "running" and _known(row["share"]):
        return f"{100 * row['share']:.0f} %, {_text(row['now'])}"
    return str(row["reason"]).partition("\n")[0] or NOTHING


def _known(value: Any) -> bool:  # noqa: ANN401  # a cell
    return not pd.isna(value)


def _text(value: object) -> str:
    return str(value) if _known(value) and value else NOTHING
