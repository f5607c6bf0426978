"""``plan``: what a run would measure, what it would skip and why, and how long it would take."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bench_service.cli import options
from bench_service.cli.output import console, print_json, table
from bench_service.planning import Plan
from bench_service.result import TimingCase


def plan(
    suite: options.SuiteName = "quick",
    activation: options.Activations = None,
    backend: options.Backends = None,
    workload: options.Workloads = None,
    kind: options.Kind = None,
    dtype: options.Dtypes = None,
    numel: options.Numels = None,
    pass_: options.Passes = None,
    seeds: options.Seeds = None,
    processes: options.Processes = None,
    as_json: options.AsJson = False,
) -> None:
    """Show what a run would measure, what it would skip and why, and the time it would take."""
    from bench_service.planning import expected_seconds, make_plan

    chosen = options.chosen_suite(
        suite, activations=activation, backends=backend, workloads=workload, kind=kind,
        dtypes=dtype, numels=numel, passes=pass_, seeds=seeds, processes=processes,
    )  # fmt: skip
    made = make_plan(chosen)
    seconds = expected_seconds(made)
    if as_json:
        print_json(document_of(made, seconds))
        return
    _print_plan(made, seconds)


def document_of(made: Plan, seconds: float) -> dict[str, Any]:
    """The plan as a JSON document."""
    return {
        "suite": made.suite.model_dump(mode="json"),
        "n_cases": len(made.cases),
        "expected_seconds": seconds,
        "cases": [_case(case) for case in made.cases],
        "skips": [{**_case(skip.case), "reason": skip.reason} for skip in made.skips],
    }


def _case(case: TimingCase) -> dict[str, Any]:
    conditions = {**vars(case.conditions)}
    conditions["pass"] = conditions.pop("pass_name")
    return {"activation": case.activation, "params": dict(case.parameters), **conditions}


def _print_plan(made: Plan, seconds: float) -> None:
    out = console()
    columns = ("backend", "pass", "dtype", "numel", "threads", "input", "condition", "activations")
    shown = table(*columns, right=("numel", "threads", "activations"))
    for group in made.groups:
        c = group.conditions
        shown.add_row(
            c.backend, c.pass_name, c.dtype, f"{c.numel:,}", str(c.threads), c.input, c.condition,
            str(len(group.cases)),
        )  # fmt: skip
    out.print(shown)
    out.print(
        f"\n{len(made.cases)} cases in {len(made.groups)} groups; about {seconds:.0f} s. "
        f"Activations: {', '.join(made.suite.activations)}."
    )
    for reason, n in Counter(skip.reason for skip in made.skips).items():
        out.print(f"Skipped, {n} cases: {reason}", markup=False)
