"""The table of a run's timing cases, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_service.cli.output import QUALITY_STYLE, VERDICT_STYLE, interval, styled
from bench_service.cli.table import Column, Section, print_sections
from bench_service.quantities import QUANTITIES

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

GROUP = ["backend", "dtype", "threads", "input", "layout", "condition", "pass_name", "numel"]
COLUMNS = (
    Column("activation", folds_to=16),
    Column("time", right=True, leaves=1),
    Column("ratio to ReLU", right=True),
    Column("of copy", right=True, leaves=3),
    Column("faults/call", right=True, leaves=4),
    Column("verdict"),
    Column("quality", leaves=2),
)


def print_timings(out: Console, measured: pd.DataFrame) -> None:
    """Print measured cases, one table with a title above each group."""
    out.print("Ratios are to ReLU in the same rounds, with 95 % intervals over processes.")
    sections = []
    for key, rows in measured.groupby(GROUP, sort=False):
        assert isinstance(key, tuple)
        records = rows.sort_values("ratio").to_dict("records")
        title = _title(dict(zip(GROUP, key, strict=True)))
        sections.append(Section(title, [_row(record) for record in records]))
    print_sections(out, COLUMNS, sections)


def _row(row: Any) -> tuple[Any, ...]:  # noqa: ANN401  # a record of the frame
    return (
        f"  {row['activation']}",
        QUANTITIES["time_ns"].show(row["time_ns"]),
        interval(row["ratio"], row["ratio_low"], row["ratio_high"]),
        QUANTITIES["fraction_of_copy"].show(row["fraction_of_copy"]),
        QUANTITIES["faults_per_call"].show(row["faults_per_call"]),
        styled(row["verdict"], VERDICT_STYLE),
        styled(row["quality"], QUALITY_STYLE),
    )


def _title(values: dict[str, Any]) -> str:
    words = [f"{values['pass_name']}, {values['numel']:,} {values['dtype']}", values["backend"]]
    usual = {"condition": "default", "input": "normal", "layout": "contiguous", "threads": 1}
    words += [f"{name} {values[name]}" for name, value in usual.items() if values[name] != value]
    return ", ".join(words)
