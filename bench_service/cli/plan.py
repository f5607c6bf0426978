"""``plan``: what a run would measure, what it would skip and why, and how long it would take."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bench_service.cli import options
from bench_service.cli.asked import Asked, taking_asked
from bench_service.cli.chosen import chosen_suite
from bench_service.cli.output import console, counted, duration, print_json

if TYPE_CHECKING:
    from bench_service.planning import Plan
    from bench_service.result import TimingCase


@taking_asked
def plan(asked: Asked, as_json: options.AsJson = False, db: options.UnusedDatabase = None) -> None:
    """Show what a run would measure, what it would skip and why, and the time it would take.

    Nothing is measured and nothing is stored: --label and --db are taken, and change nothing, so
    that a command of run needs no other word to become one of plan.
    """
    options.say_unused(db, "plan")
    chosen = chosen_suite(asked)
    from bench_service.planning import expected_seconds, make_plan

    made = make_plan(chosen)
    seconds = expected_seconds(made)
    if as_json:
        print_json(document_of(made, seconds))
    else:
        _print_plan(made, seconds)


def document_of(made: Plan, seconds: float) -> dict[str, Any]:
    """The plan as a JSON document."""
    return {
        "suite": made.suite.model_dump(mode="json"),
        "n_cases": len(made.cases),
        "expected_seconds": seconds,
        "cases": [_case(case) for case in made.cases],
        "skips": [{**_case(skip.case), "reason": skip.reason} for skip in made.skips],
        "notes": list(made.notes),
    }


def _case(case: TimingCase) -> dict[str, Any]:
    conditions = {**vars(case.conditions)}
    conditions["pass"] = conditions.pop("pass_name")
    return {"activation": case.activation, "params": dict(case.parameters), **conditions}


def _print_plan(made: Plan, seconds: float) -> None:
    from bench_service.cli.table import Column, print_table

    out = console()
    columns = (
        Column("backend"), Column("pass"), Column("dtype"), Column("numel", right=True),
        Column("threads", right=True, leaves=2), Column("input", leaves=3),
        Column("condition", leaves=1), Column("cases", right=True),
    )  # fmt: skip
    rows = []
    for group in made.groups:
        c = group.conditions
        rows.append(
            (
                c.backend, c.pass_name, c.dtype, f"{c.numel:,}", str(c.threads), c.input,
                c.condition, str(len(group.cases)),
            )
        )  # fmt: skip
    if rows:
        print_table(out, columns, rows)
        out.print()
    n_groups = len(made.groups)
    out.print(
        f"{counted(len(made.cases), 'case')} in {counted(n_groups, 'group')}; "
        f"about {duration(seconds)}."
    )
    names = made.suite.activations
    out.print(f"{counted(len(names), 'activation')}: {', '.join(names)}.")
    for reason, n in Counter(skip.reason for skip in made.skips).items():
        out.print(f"Skipped, {counted(n, 'case')}: {reason}")
    for note in made.notes:
        out.print(f"Skipped: {note}")
