"""The table of a sweep: what every learning rate does to every activation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from bench_service.cli.output import counted
from bench_service.cli.table import Column, Section, print_sections

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console


def print_sweep(out: Console, workload: str, rows: pd.DataFrame) -> None:
    """The loss, then dead units beside divergence, rate by rate.

    Dead units never stand without what diverged; where nobody looked at them there is the loss
    alone.
    """
    from bench_service.analysis.training.entries import with_entry

    entries = with_entry(rows)
    seeds = counted(entries["seed"].nunique(), "seed")
    beside = f"the median of what didn't diverge, and how many of {seeds} diverged"
    kinds: list[tuple[str, str, Callable[[float], str]]] = [
        ("test_loss", f"loss on test data in {beside}", "{:.3g}".format)
    ]
    if entries["grad_dead"].notna().any():
        kinds.append(("grad_dead", f"dead units in {beside}", _percent))
    for index, (column, what, show) in enumerate(kinds):
        if index:
            out.print()
        _print(out, f"{workload}, by learning rate: {what}", entries, column, show)


def _print(
    out: Console, title: str, entries: pd.DataFrame, column: str, show: Callable[[float], str]
) -> None:
    rates = sorted(set(entries["lr"]))
    columns = (Column("activation", folds_to=16), *(Column(f"{r:g}", right=True) for r in rates))
    lines = [
        (f"  {entry}", *(_cell(own[own["lr"] == rate], column, show) for rate in rates))
        for entry, own in entries.groupby("entry", sort=False)
    ]
    print_sections(out, columns, [Section(title, lines)])


def _cell(rows: pd.DataFrame, column: str, show: Callable[[float], str]) -> str:
    if rows.empty:
        return "–"
    is_lost = rows["status"] == "diverged"
    value = float(rows.loc[~is_lost, column].median())
    said = show(value) if math.isfinite(value) else "–"
    return f"{said} ({is_lost.sum()})" if is_lost.any() else said


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
