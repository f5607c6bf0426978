"""``plan``: what a run would measure, what it would skip and why, and how long it would take."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bench_service.cli import options
from bench_service.cli.asked import Asked, taking_asked
from bench_service.cli.chosen import chosen_suite
from bench_service.cli.output import console, counted, duration, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from bench_service.planning import Plan
    from bench_service.result import TimingCase
    from bench_service.training.chain import Chain
    from bench_service.training.planning import TrainingPlan


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
        "training": [_chain(costed.chain) for costed in made.training.chains],
        "training_skips": [
            {**_chain(skip.chain), "reason": skip.reason} for skip in made.training.skips
        ],
        "n_slices": made.training.n_slices,
    }


def _case(case: TimingCase) -> dict[str, Any]:
    conditions = {**vars(case.conditions)}
    conditions["pass"] = conditions.pop("pass_name")
    return {"activation": case.activation, "params": dict(case.parameters), **conditions}


def _chain(chain: Chain) -> dict[str, Any]:
    return {
        "workload": chain.workload,
        "workload_version": chain.workload_version,
        "activation": chain.activation,
        "params": dict(chain.parameters),
        "backend": chain.backend,
        "init": chain.init,
        "optimizer": chain.optimizer,
        "lrs": list(chain.lrs),
        "seeds": list(chain.seeds),
        "tuning_seeds": [] if chain.is_sweep else list(chain.tuning_seeds),
        "n_slices": chain.n_expected,
    }


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
    if made.training.chains:
        _print_training(out, made.training)
    said = []
    if made.suite.timing is not None:
        n_groups = counted(len(made.groups), "group")
        said.append(f"{counted(len(made.cases), 'case')} to time in {n_groups}")
    if made.suite.training is not None:
        n_chains = counted(len(made.training.chains), "chain")
        said.append(f"{counted(made.training.n_slices, 'slice')} to train in {n_chains}")
    out.print(f"{', '.join(said)}; about {duration(seconds)}.")
    names = made.suite.activations
    out.print(f"{counted(len(names), 'activation')}: {', '.join(names)}.")
    for reason, n in Counter(skip.reason for skip in made.skips).items():
        out.print(f"Skipped, {counted(n, 'case')}: {reason}")
    for reason, n in Counter(skip.reason for skip in made.training.skips).items():
        out.print(f"Skipped, {counted(n, 'chain')}: {reason}")


def _print_training(out: Console, training: TrainingPlan) -> None:
    from bench_service.cli.table import Column, print_table

    columns = (
        Column("workload"), Column("init"), Column("optimizer"), Column("backend", leaves=1),
        Column("rates", right=True), Column("activations", right=True),
        Column("slices", right=True),
    )  # fmt: skip
    chains: dict[tuple[str, ...], list[Chain]] = {}
    for costed in training.chains:
        c = costed.chain
        chains.setdefault((c.workload, c.init, c.optimizer, c.backend), []).append(c)
    rows = [
        (
            *key, str(len(same[0].lrs)), str(len(same)),
            f"{sum(chain.n_expected for chain in same):,}",
        )
        for key, same in chains.items()
    ]  # fmt: skip
    print_table(out, columns, rows)
    out.print()
