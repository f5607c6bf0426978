"""How the comparison of two runs looks on a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bench_service.cli.output import (
    QUALITY_STYLE,
    VERDICT_STYLE,
    console,
    counted,
    interval,
    styled,
)
from bench_service.cli.score_changes import print_score_changes
from bench_service.cli.table import Column, print_table
from bench_service.quantities import QUANTITIES

if TYPE_CHECKING:
    from rich.console import Console

WORTH_SAYING = math.log(1.05)
"""A drift of the machine below this is no news."""
MACHINE = {"copy_change": "a plain copy", "floor_change": "a call that does nothing"}

Rows = list[dict[str, Any]]

COLUMNS = (
    Column("activation", folds_to=12),
    Column("pass", folds_to=8),
    Column("numel", right=True),
    Column("backend", leaves=1),
    Column("base", right=True, leaves=3),
    Column("head", right=True, leaves=4),
    Column("change of ratio", right=True),
    Column("change of time", right=True, leaves=5),
    Column("verdict"),
    Column("quality", leaves=2),
)


def print_comparison(document: dict[str, Any]) -> None:
    """Print the environments first, then the cases, then what can't be compared and why."""
    out = console()
    out.print(f"Base {document['base']}, head {document['head']}", style="bold")
    out.print()
    _print_environments(out, document["environment"])
    out.print()
    if document["cases"]:
        _print_cases(out, document["cases"])
    elif not document["training_changes"]:
        out.print("No case was measured in both runs by enough processes to compare them.")
    for row in document["outcomes"]:
        became = f"{row['base_status']} in base and {row['head_status']} in head"
        out.print(f"{_named(row)} was {became}: {row['reason']}")
    for side in ("base", "head"):
        n = document[f"n_only_in_{side}"]
        if n:
            out.print(f"{counted(n, 'case')} only in {side}.")
    print_score_changes(out, document)


def _print_environments(out: Console, differences: Rows) -> None:
    if not differences:
        out.print("The environments are the same.")
        return
    out.print("The environments differ", style="bold")
    for row in differences:
        out.print(f"  {row['fact']}: {row['base']} -> {row['head']}")
    if any(row["fact"].startswith("hardware.") for row in differences):
        out.print("Different hardware: the changes below are differences of machines.")


def _print_cases(out: Console, cases: Rows) -> None:
    ordered = sorted(cases, key=lambda row: -abs(1 - row["change"]))
    print_table(out, COLUMNS, [_cells(row) for row in ordered])
    for row in ordered:
        if row["quality"] == "invalid":
            out.print(f"No verdict on {_named(row)}, invalid in {row['quality_reason']}")
    out.print(
        "\nChanges are head over base, with 95 % intervals. Two runs are two times: what else the "
        "machine did in between cancels in the ratio to ReLU and not in the times."
    )
    _print_drift(out, cases)


def _print_drift(out: Console, cases: Rows) -> None:
    """How far the machine itself changed, where that is enough to hide changes."""
    told = [
        f"{what} took {_range(known)} times as long in head"
        for name, what in MACHINE.items()
        if (known := [row[name] for row in cases if not math.isnan(row[name])])
        and max(abs(math.log(value)) for value in known) > WORTH_SAYING
    ]
    if told:
        out.print(
            f"The machine itself changed between the runs: {', and '.join(told)}. What that may "
            "explain is inconclusive; measure both again when the machine is quiet."
        )


def _range(values: list[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"


def _cells(row: dict[str, Any]) -> tuple[Any, ...]:
    show = QUANTITIES["time_ns"].show
    return (
        row["activation"],
        row["pass"],
        f"{row['numel']:,}",
        row["backend"],
        show(row["base_time_ns"]),
        show(row["head_time_ns"]),
        interval(row["change"], row["change_low"], row["change_high"]),
        interval(row["time_change"], row["time_change_low"], row["time_change_high"]),
        styled(row["verdict"], VERDICT_STYLE),
        styled(row["quality"], QUALITY_STYLE),
    )


def _named(row: dict[str, Any]) -> str:
    where = f"{row['pass']}, {row['numel']:,} {row['dtype']}, {row['backend']}"
    return f"{row['activation']} ({where})"
