"""``compare``: two runs, their environments first, then what changed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bench_service.cli import options
from bench_service.cli.output import VERDICT_STYLE, console, interval, print_json, styled, table
from bench_service.quantities import QUANTITIES

RunName = Annotated[str, typer.Argument(help="Id, its beginning, label or latest.")]


def compare(
    base: RunName,
    head: RunName,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Compare two runs: the difference of their environments first, then verdicts."""
    from bench_service.analysis.comparison import compare_runs, fact_differences
    from db import queries
    from db.session import open_store

    with open_store(options.database(db), read_only=True) as store:
        uids = [queries.find_run(store, reference) for reference in (base, head)]
        environments = [queries.environment(store, uid) for uid in uids]
        frames = [
            (
                queries.timing_outcomes(store, uid),
                queries.timing_blocks(store, uid),
                queries.timing_processes(store, uid),
            )
            for uid in uids
        ]
    cases = compare_runs(frames[0], frames[1])
    document = {
        "base": uids[0],
        "head": uids[1],
        "environment": fact_differences(environments[0], environments[1]),
        "n_only_in_base": _n_only(frames[0][0], frames[1][0]),
        "n_only_in_head": _n_only(frames[1][0], frames[0][0]),
        "cases": [{**row, "pass": row.pop("pass_name")} for row in cases.to_dict("records")],
    }
    if as_json:
        print_json(document)
    else:
        _print(document)


def _n_only(one: Any, other: Any) -> int:  # noqa: ANN401  # frames
    sets = [set(frame.loc[frame["role"] == "case", "case"]) for frame in (one, other)]
    return len(sets[0] - sets[1])


def _print(document: dict[str, Any]) -> None:
    out = console()
    out.print(f"[bold]Base {document['base']}, head {document['head']}[/]")
    if document["environment"]:
        out.print("\n[bold]The environments differ[/]")
        for row in document["environment"]:
            out.print(f"  {row['fact']}: {row['base']} -> {row['head']}", markup=False)
        if any(row["fact"].startswith("hardware.") for row in document["environment"]):
            out.print("Different hardware: the changes below are differences of machines.")
    else:
        out.print("\nThe environments are the same.")
    right = ("base", "head", "change of ratio to ReLU", "change of time")
    shown = table("activation", "pass", "numel", "backend", *right, "verdict", right=right)
    order = sorted(document["cases"], key=lambda row: -abs(1 - row["change"]))
    for row in order:
        shown.add_row(
            row["activation"], row["pass"], f"{row['numel']:,}", row["backend"],
            QUANTITIES["time_ns"].show(row["base_time_ns"]),
            QUANTITIES["time_ns"].show(row["head_time_ns"]),
            interval(row["change"], row["change_low"], row["change_high"]),
            interval(row["time_change"], row["time_change_low"], row["time_change_high"]),
            styled(row["verdict"], VERDICT_STYLE),
        )  # fmt: skip
    out.print(shown)
    for side in ("base", "head"):
        if document[f"n_only_in_{side}"]:
            out.print(f"{document[f'n_only_in_{side}']} cases are only in {side}.")
    out.print(
        "\nTwo runs are two times: what else the machine did in between cancels in the ratio to "
        "ReLU and not in the times."
    )
