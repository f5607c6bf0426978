"""``compare``: two runs, their environments first, then what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_service.cli import options
from bench_service.cli.output import (
    VERDICT_STYLE,
    complain,
    console,
    counted,
    interval,
    print_json,
    styled,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console


def compare(
    base: options.RunName,
    head: options.RunName,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Compare two runs: the difference of their environments first, then verdicts."""
    from bench_service.analysis.comparison import compare_runs, fact_differences
    from bench_service.contract import plain
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
    if uids[0] == uids[1]:
        complain(f"Both names mean run {uids[0]}: it is compared with itself.")
    if as_json:
        print_json(plain(document))
    else:
        _print(document)


def _n_only(one: pd.DataFrame, other: pd.DataFrame) -> int:
    sets = [set(frame.loc[frame["role"] == "case", "case"]) for frame in (one, other)]
    return len(sets[0] - sets[1])


def _print(document: dict[str, Any]) -> None:
    out = console()
    out.print(f"Base {document['base']}, head {document['head']}", style="bold")
    out.print()
    _print_environments(out, document["environment"])
    out.print()
    if document["cases"]:
        _print_cases(out, document["cases"])
    else:
        out.print("No case was measured in both runs by enough processes to compare them.")
    for side in ("base", "head"):
        n = document[f"n_only_in_{side}"]
        if n:
            out.print(f"{counted(n, 'case')} only in {side}.")


def _print_environments(out: Console, differences: list[dict[str, Any]]) -> None:
    if not differences:
        out.print("The environments are the same.")
        return
    out.print("The environments differ", style="bold")
    for row in differences:
        out.print(f"  {row['fact']}: {row['base']} -> {row['head']}")
    if any(row["fact"].startswith("hardware.") for row in differences):
        out.print("Different hardware: the changes below are differences of machines.")


def _print_cases(out: Console, cases: list[dict[str, Any]]) -> None:
    from bench_service.cli.table import Column, print_table
    from bench_service.quantities import QUANTITIES

    show = QUANTITIES["time_ns"].show
    columns = (
        Column("activation", folds_to=12), Column("pass", folds_to=8), Column("numel", right=True),
        Column("backend", leaves=1), Column("base", right=True, leaves=2),
        Column("head", right=True, leaves=3), Column("change of ratio", right=True),
        Column("change of time", right=True, leaves=4), Column("verdict"),
    )  # fmt: skip
    rows = [
        (
            row["activation"], row["pass"], f"{row['numel']:,}", row["backend"],
            show(row["base_time_ns"]), show(row["head_time_ns"]),
            interval(row["change"], row["change_low"], row["change_high"]),
            interval(row["time_change"], row["time_change_low"], row["time_change_high"]),
            styled(row["verdict"], VERDICT_STYLE),
        )
        for row in sorted(cases, key=lambda row: -abs(1 - row["change"]))
    ]  # fmt: skip
    print_table(out, columns, rows)
    out.print(
        "\nChanges are head over base, with 95 % intervals. Two runs are two times: what else the "
        "machine did in between cancels in the ratio to ReLU and not in the times."
    )
