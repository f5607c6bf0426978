"""``run``: plan a suite, measure it here and now, show the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bench_service.cli import options
from bench_service.cli.asked import Asked, taking_asked
from bench_service.cli.chosen import chosen_suite
from bench_service.cli.output import complain, console, counted, print_json
from bench_service.errors import InputError

if TYPE_CHECKING:
    from bench_service.loaded import LoadedRun


@taking_asked
def run(
    asked: Asked,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Measure what a run is missing.")
    ] = None,
    seed: options.Seed = None,
    wait: Annotated[
        bool,
        typer.Option("--wait/--no-wait", help="While another process measures, wait or give up."),
    ] = True,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Measure a suite here and now: progress, a table at the end, and what shows more.

    Ctrl-C keeps what was measured and prints the command that goes on from there.
    """
    if resume is not None:
        _refuse_changes((*asked.given, *([] if seed is None else ["--seed"])))
        chosen = None
    else:
        chosen = chosen_suite(asked)
    # These take seconds to import, and what was wrong so far has been said by now.
    from bench_service import api
    from bench_service.cli.progress import ProgressShown

    store = options.named_database(db)
    with ProgressShown() as progress:
        if chosen is None:
            assert resume is not None
            loaded = api.resume(resume, db=store, progress=progress, wait=wait)
        else:
            loaded = api.run(
                chosen, db=store, label=asked.label, seed=seed, trigger="cli", progress=progress,
                wait=wait,
            )  # fmt: skip
    _print_result(loaded, db, as_json=as_json)
    if loaded.status.value != "done":
        raise typer.Exit(1)


def _refuse_changes(named: Sequence[str]) -> None:
    if named:
        raise InputError(
            "A resumed run goes on as it began: it keeps its suite, its label and its seed.",
            got=", ".join(named),
            allowed="--resume RUN with --db, --json and --no-wait alone",
            next_step="leave the other options out, or start a new run without --resume",
        )


def _print_result(loaded: LoadedRun, db: str | None, *, as_json: bool) -> None:
    from bench_service.cli.show import document_of, print_run

    if as_json:
        print_json(document_of(loaded))
    else:
        print_run(loaded)
        store = options.repeated(db)
        console().print(f"\nAgain:  bench-service show {loaded.uid}{store}", soft_wrap=True)
        console().print(f"Charts: bench-service dashboard{store}", soft_wrap=True)
    timing, training = loaded.timing, loaded.training
    if not timing.empty and not (timing["status"] == "ok").any() and training.empty:
        reasons = timing["reason"].drop_duplicates()
        complain(f"Nothing was measured: {' '.join(reasons.head(3))}")
    elif loaded.header["n_failed"]:
        complain(f"{counted(int(loaded.header['n_failed']), 'case')} failed.")
