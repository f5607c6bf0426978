"""``show``: one run, as a table for people or as the JSON document that others build on."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
import typer

from bench_service.api import LoadedRun, load
from bench_service.cli import options
from bench_service.cli.output import (
    QUALITY_STYLE,
    VERDICT_STYLE,
    console,
    interval,
    print_json,
    styled,
    table,
)
from bench_service.cli.trust import trust_sentence
from bench_service.contract import run_document
from bench_service.quantities import QUANTITIES

GROUP = ["backend", "dtype", "threads", "input", "layout", "condition", "pass_name", "numel"]


def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id, its beginning, label or latest.")],
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Show one run."""
    loaded = load(run, db=options.database(db))
    if as_json:
        print_json(document_of(loaded))
    else:
        print_run(loaded)


def document_of(loaded: LoadedRun) -> dict[str, Any]:
    """The JSON document of a run."""
    header = {**loaded.header, "status": loaded.status.value}
    return run_document(header, loaded.environment, loaded.timing)


def print_run(loaded: LoadedRun) -> None:
    """Print a run's tables, one a group, and how far to trust them."""
    out = console()
    header = loaded.header
    label = f" ({header['label']})" if header["label"] else ""
    out.print(f"\n[bold]Run {loaded.uid}{label}[/], suite {header['suite']}, {loaded.status.value}")
    out.print(f"{header['hardware_label']}; {header['software_label']}")
    measured = loaded.timing[loaded.timing["status"] == "ok"]
    if not measured.empty:
        out.print("\nRatios are to ReLU in the same rounds, with 95 % intervals over processes.")
        out.print(_timing_table(measured))
    _print_failures(loaded.timing)
    out.print(f"\n{trust_sentence(loaded)}", soft_wrap=True)


def _timing_table(timing: pd.DataFrame) -> Any:  # noqa: ANN401  # a rich Table
    right = ("time", "ratio to ReLU", "of copy", "faults/call")
    made = table("activation", *right, "verdict", "quality", right=right)
    for key, rows in timing.groupby(GROUP, sort=False):
        values = dict(zip(GROUP, key, strict=True))
        made.add_row(f"[bold]{_title(values)}[/]")
        for row in rows.sort_values("ratio").to_dict("records"):
            made.add_row(
                f"  {row['activation']}",
                QUANTITIES["time_ns"].show(row["time_ns"]),
                interval(row["ratio"], row["ratio_low"], row["ratio_high"]),
                QUANTITIES["fraction_of_copy"].show(row["fraction_of_copy"]),
                QUANTITIES["faults_per_call"].show(row["faults_per_call"]),
                styled(row["verdict"], VERDICT_STYLE),
                styled(row["quality"], QUALITY_STYLE),
            )
    return made


def _title(values: dict[str, Any]) -> str:
    words = [f"{values['pass_name']}, {values['numel']:,} {values['dtype']}", values["backend"]]
    usual = {"condition": "default", "input": "normal", "layout": "contiguous", "threads": 1}
    words += [f"{name} {values[name]}" for name, value in usual.items() if values[name] != value]
    return ", ".join(words)


def _print_failures(timing: pd.DataFrame) -> None:
    out = console()
    for status in ("failed", "skipped"):
        rows = timing[timing["status"] == status]
        if rows.empty:
            continue
        out.print(f"\n[bold]{status.capitalize()}[/]")
        for (activation, reason), same in rows.groupby(["activation", "reason"], sort=False):
            out.print(f"  {activation} ({len(same)} cases): {reason}", markup=False, soft_wrap=True)
