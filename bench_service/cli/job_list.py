"""Jobs and workers as tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from rich.table import Table

from bench_service.cli.output import NOTHING, console, styled

STYLES = {
    "done": "green", "partial": "yellow", "failed": "red", "cancelled": "dim", "running": "cyan",
}  # fmt: skip


def print_jobs(rows: Sequence[dict[Any, Any]]) -> None:
    """The jobs, one a line."""
    table = Table(box=None, pad_edge=False)
    for name in ("job", "suite", "needs", "status", "submitted", "tries", "worker", "run", "how"):
        table.add_column(name, no_wrap=name != "how", overflow="fold")
    for row in rows:
        table.add_row(
            row["uid"], _text(row["label"] if _known(row["label"]) else row["suite"]), row["route"],
            styled(row["status"], STYLES), f"{row['submitted_at']:%d %b %H:%M}",
            str(row["n_attempts"]), _text(row["worker"]), _text(row["run"]), _how(row),
        )  # fmt: skip
    console().print(table)


def print_workers(rows: Sequence[dict[Any, Any]]) -> None:
    """The workers, one a line."""
    table = Table(box=None, pad_edge=False)
    for name in ("worker", "has", "state", "last sign", "job", "CPU", "memory"):
        table.add_column(name, no_wrap=name != "has", overflow="fold")
    for row in rows:
        state = "alive" if row["is_alive"] else "stopped" if _known(row["stopped_at"]) else "lost"
        memory = f"{row['rss_bytes'] / 1e6:.0f} MB" if _known(row["rss_bytes"]) else NOTHING
        table.add_row(
            row["identity"], ", ".join(row["routes"]),
            styled(state, {"alive": "green", "lost": "red"}), f"{row['beat_at']:%d %b %H:%M:%S}",
            _text(row["job_uid"]), f"{row['cpu_s']:.1f} s", memory,
        )  # fmt: skip
    console().print(table)


def _how(row: dict[Any, Any]) -> str:
    """How far a job is, or why it ended."""
    if row["status"] == "running" and _known(row["share"]):
        return f"{100 * row['share']:.0f} %, {_text(row['now'])}"
    return str(row["reason"]).partition("\n")[0] or NOTHING


def _known(value: Any) -> bool:  # noqa: ANN401  # a cell
    return not pd.isna(value)


def _text(value: object) -> str:
    return str(value) if _known(value) and value else NOTHING
