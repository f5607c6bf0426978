"""``doctor``: the instrument's own false positives and resolution, and what disturbs it here."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bench_service.cli import options
from bench_service.cli.output import complain, console, print_json

if TYPE_CHECKING:
    from bench_service.selftest.diagnosis import Diagnosis, Rate


def doctor(
    repeats: Annotated[
        int,
        typer.Option("--repeats", metavar="N", min=1, max=100, help="Times 20 comparisons."),
    ] = 2,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="N", min=0, max=2**31 - 1, help="Fixes the order. Default: a new one."
        ),
    ] = None,
    as_json: options.AsJson = False,
    db: options.UnusedDatabase = None,
) -> None:
    """Test the instrument on this machine: ReLU is timed against itself, as if it were another.

    Nothing is stored.
    """
    options.say_unused(db, "doctor")
    from rich.progress import Progress

    from bench_service.contract import plain
    from bench_service.environment import read_environment
    from bench_service.selftest.diagnosis import diagnose
    from bench_service.timing.forker_client import Forker

    environment = read_environment()
    err = console(stderr=True)
    waiting = "Another process is measuring on this machine; waiting for it to end."
    with (
        Progress(console=err, transient=True, disable=not err.is_terminal) as progress,
        Forker(on_busy=lambda: complain(waiting)) as forker,
    ):
        task = progress.add_task("ReLU against itself")
        found = diagnose(
            forker.ask,
            environment,
            seed=secrets.randbelow(2**31) if seed is None else seed,
            repeats=repeats,
            on_progress=lambda done, n: progress.update(task, completed=done, total=n),
        )
    if as_json:
        rates = {name: rate(getattr(found, name)) for name in ("called_different", "excluded_one")}
        document = {"hardware": environment.hardware_label, **asdict(found), **rates}
        print_json(plain(document))
    else:
        _print(found, environment.hardware_label)


def rate(of: Rate) -> dict[str, float]:
    """A rate as a document."""
    return {**asdict(of), "value": of.value}


def _print(found: Diagnosis, machine: str) -> None:
    out = console()
    out.print(f"{machine}\n", style="bold")
    different, excluded = found.called_different, found.excluded_one
    out.print(
        f"ReLU against itself was called different in {different.n_hits} of {different.n} "
        f"comparisons: {different.value:.1%} (95 % interval {different.low:.1%} to "
        f"{different.high:.1%}).",
    )
    out.print(
        f"The 95 % interval left out the truth in {excluded.value:.1%} "
        f"({excluded.low:.1%} to {excluded.high:.1%}); an honest one does in 5 %.",
    )
    out.print(
        f"Smallest difference found in 4 of 5 tries: {found.detectable_share:.2%} between entries "
        "that touch the same memory; other functions differ more from process to process.",
    )
    out.print(
        f"Disturbed blocks: {found.disturbed_share:.1%}; time taken by the hypervisor: "
        f"{found.steal_share:.1%} of the busy time; load before: {found.load_before:.2f}."
    )
    for warning in found.warnings:
        out.print(f"  - {warning}")
