"""The table of a sweep: what every learning rate does to every activation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bench_service.cli.output import counted
from bench_service.cli.table import Column, Section, print_sections

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console


def print_sweep(out: Console, workload: str, rows: pd.DataFrame) -> None:
    """Dead units beside divergence, rate by rate: one never stands without the other."""
    from bench_service.analysis.training.entries import with_entry

    entries = with_entry(rows)
    rates = sorted(set(entries["lr"]))
    columns = (Column("activation", folds_to=16), *(Column(f"{r:g}", right=True) for r in rates))
    lines = []
    for entry, own in entries.groupby("entry", sort=False):
        cells = [_dead_and_diverged(own[own["lr"] == rate]) for rate in rates]
        lines.append((f"  {entry}", *cells))
    title = (
        f"{workload}, by learning rate: dead units in the median of what didn't diverge, and how "
        f"many of {counted(entries['seed'].nunique(), 'seed')} diverged"
    )
    print_sections(out, columns, [Section(title, lines)])


def _dead_and_diverged(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "–"
    dead = rows["grad_dead"].median()
    n_diverged = int((rows["status"] == "diverged").sum())
    said = f"{100 * dead:.0f} %" if math.isfinite(dead) else "–"
    return f"{said} ({n_diverged})" if n_diverged else said
