"""What training came to in two runs: what changed in a table, what didn't in a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bench_service.cli.output import VERDICT_STYLE, counted, styled
from bench_service.cli.table import Column, Section, print_sections
from bench_service.cli.trainings import ROLE_WORDS, number, signed_interval
from bench_service.quantities import QUANTITIES

if TYPE_CHECKING:
    from rich.console import Console

Rows = list[dict[str, Any]]

COLUMNS = (
    Column("activation", folds_to=16),
    Column("base", right=True, leaves=2),
    Column("head", right=True, leaves=3),
    Column("change of score", right=True),
    Column("verdict"),
    Column("seeds", right=True, leaves=4),
    Column("diverged", right=True, leaves=1),
)


def print_score_changes(out: Console, document: dict[str, Any]) -> None:
    """Print what became of scores; nothing where neither run has trained."""
    rows: Rows = document["training_changes"]
    compared = [row for row in rows if row["n_seeds"] and not row["is_identical"]]
    if rows:
        out.print()
    if compared:
        print_sections(out, COLUMNS, list(_sections(compared)))
    for title, same in _by_title(row for row in rows if row["is_identical"]):
        entries = ", ".join(row["entry"] for row in same)
        out.print(f"{title}: identical to the last bit with the same seeds: {entries}")
    for (where, words), names in _said(rows).items():
        out.print(f"{where}: {words} ({', '.join(names)})")
    if compared:
        out.print(
            "\nChanges of score are medians over seeds of head - base on test data, with 95 % "
            "intervals; verdicts hold over all trainings shown. Diverged: base -> head."
        )
    for side in ("base", "head"):
        n = document[f"n_trainings_only_in_{side}"]
        if n:
            out.print(f"{counted(n, 'training')} only in {side}.")


def _said(rows: Rows) -> dict[tuple[str, str], list[str]]:
    """The entries by place and by what is said of them: most often the same of all."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for said in filter(None, (row["changed"], row["reason"])):
            found.setdefault((_where(row), said), []).append(row["entry"])
    return found


def _sections(rows: Rows) -> Iterator[Section]:
    for title, own in _by_title(rows):
        yield Section(title, [_cells(row) for row in own])


def _by_title(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Rows]]:
    for title, own in groupby(sorted(rows, key=_title), key=_title):
        yield title, list(own)


def _title(row: dict[str, Any]) -> str:
    return f"{_where(row)}, {QUANTITIES[row['metric']].long_name}"


def _where(row: dict[str, Any]) -> str:
    rate = ROLE_WORDS.get(row["lr_role"], f"rate {row['sweep_lr']:g}")
    words = [f"{row['workload']} at {rate}"]
    words += [] if row["init"] == "gain" else [f"init {row['init']}"]
    words += [] if row["backend"] == "cpu-eager" else [row["backend"]]
    return ", ".join(words)


def _cells(row: dict[str, Any]) -> tuple[Any, ...]:
    diverged = [f"{row[f'{run}_n_diverged']}/{row[f'{run}_n_slices']}" for run in ("base", "head")]
    return (
        f"  {row['entry']}",
        number(row["base_score"]),
        number(row["head_score"]),
        signed_interval(row["difference"], row["low"], row["high"]),
        styled(row["verdict"], VERDICT_STYLE),
        str(row["n_seeds"]),
        " -> ".join(diverged),
    )
