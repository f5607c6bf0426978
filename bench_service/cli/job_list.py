"""Jobs and workers as tables on a terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench_service.cli.output import NOTHING, console, styled
from bench_service.cli.table import Column, print_table

if TYPE_CHECKING:
    from rich.text import Text

STYLES = {
    "done": "green", "partial": "yellow", "failed": "red", "cancelled": "dim", "running": "cyan",
}  # fmt: skip
STATES = {"at work": "cyan", "waiting": "green", "lost": "red"}
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


def print_jobs(rows: Sequence[dict[Any, Any]], takable: Collection[str]) -> None:
    """The jobs, one a line; ``takable`` are the routes that live workers have."""
    print_table(console(), JOBS, [_job(row, takable) for row in rows])


def print_workers(rows: Sequence[dict[Any, Any]]) -> None:
    """The workers, one a line."""
    print_table(console(), WORKERS, [_worker(row) for row in rows])


def _job(row: dict[Any, Any], takable: Collection[str]) -> tuple[str | Text, ...]:
    return (
        row["uid"], text_of(row["label"]), row["suite"], row["route"],
        styled(row["status"], STYLES), f"{row['submitted_at']:%Y-%m-%d %H:%M}",
        str(row["n_attempts"]), text_of(row["worker"]), text_of(row["run"]), how(row, takable),
    )  # fmt: skip


def _worker(row: dict[Any, Any]) -> tuple[str | Text, ...]:
    memory = f"{row['rss_bytes'] / 1e6:.0f} MB" if known(row["rss_bytes"]) else NOTHING
    return (
        row["identity"], ", ".join(row["routes"]), styled(row["state"], STATES),
        f"{row['beat_at']:%Y-%m-%d %H:%M:%S}", text_of(row["job_uid"]), f"{row['cpu_s']:.1f} s",
        memory,
    )  # fmt: skip


def how(row: dict[Any, Any], takable: Collection[str] | None = None) -> str:
    """How far a job is, why it ended, or that nobody can take it."""
    if row["status"] == "running" and known(row["share"]):
        return f"{100 * row['share']:.0f} %, {text_of(row['now'])}"
    if row["status"] == "queued" and takable is not None and row["route"] not in takable:
        return f"no live worker has {row['route']}"
    return str(row["reason"]).partition("\n")[0] or NOTHING


def known(value: Any) -> bool:  # noqa: ANN401  # a cell
    """Whether a cell of a frame holds anything."""
    return not pd.isna(value)


def text_of(value: object) -> str:
    """A cell of a frame in words."""
    return str(value) if known(value) and value else NOTHING
