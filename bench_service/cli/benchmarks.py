"""What pytest-benchmark measured in a test session, shown for what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_service.cli.output import counted
from bench_service.cli.table import Column, print_table
from bench_service.quantities import format_time

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

COLUMNS = (
    Column("benchmark", folds_to=24),
    Column("median", right=True),
    Column("fastest", right=True, leaves=2),
    Column("rounds", right=True, leaves=1),
    Column("iterations", right=True, leaves=3),
)


def print_benchmarks(out: Console, benchmarks: pd.DataFrame) -> None:
    """Print a test session's benchmarks, and that they are no verdicts."""
    n = counted(len(benchmarks), "benchmark")
    out.print(f"\nA test session: {n} that pytest-benchmark measured.")
    if benchmarks.empty:
        return
    rows = []
    for row in benchmarks.to_dict("records"):
        times = row["times_ns"]
        rows.append(
            (
                row["fullname"],
                format_time(float(np.median(times))) if len(times) else "–",
                format_time(float(np.min(times))) if len(times) else "–",
                f"{row['n_rounds']:,}",
                f"{row['iterations']:,}",
            )
        )
    print_table(out, COLUMNS, rows)
    out.print(
        "\nTimes per iteration in one process each, one benchmark after the other: no verdicts. "
        "Two processes may differ by several per cent for no reason."
    )
