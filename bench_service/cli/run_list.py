"""How the list of runs looks on a terminal."""

from __future__ import annotations

from typing import Any

from bench_service.cli.output import NOTHING, console
from bench_service.cli.table import Column, print_table

COLUMNS = (
    Column("run"),
    Column("label", folds_to=16),
    Column("suite", folds_to=12, leaves=1),
    Column("from", leaves=3),
    Column("status"),
    Column("started (UTC)", leaves=2),
    Column("cases", right=True),
    Column("failed", right=True, leaves=4),
    Column("skipped", right=True, leaves=5),
)
BENCHMARKS = Column("benchmarks", right=True)


def print_runs(found: list[Any]) -> None:
    """Print records of ``db.queries.runs``, and the machines they were measured on."""
    sessions = any(row["trigger"] == "ci" for row in found)
    columns = (*COLUMNS, BENCHMARKS) if sessions else COLUMNS
    out = console()
    print_table(out, columns, [_cells(row)[: len(columns)] for row in found])
    machines = list(dict.fromkeys(row["hardware_label"] for row in found))
    out.print(f"\nMeasured on: {'; '.join(machines)}.")
    if sessions:
        out.print(
            "Runs from ci hold what pytest-benchmark measured; `bench-service show RUN` lists it."
        )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    is_session = row["trigger"] == "ci"
    counts = [f"{row[name]:,}" for name in ("n_cases", "n_failed", "n_skipped")]
    if is_session and not row["n_cases"]:
        counts = [NOTHING] * len(counts)
    return (
        row["uid"],
        row["label"] if isinstance(row["label"], str) else "",
        row["suite"],
        row["trigger"],
        row["status"],
        f"{row['started_at']:%Y-%m-%d %H:%M}",
        *counts,
        f"{row['n_benchmarks']:,}" if is_session else NOTHING,
    )
