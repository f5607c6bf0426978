"""``run``: plan a suite, measure it here and now, show the result."""

from __future__ import annotations

from typing import Annotated

import typer

from bench_service.cli import options
from bench_service.cli.output import console, print_json
from bench_service.errors import InputError
from bench_service.result import RunStatus


def run(
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
    label: options.Label = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Measure what a run is missing.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Fixes order and inputs; default a new one.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait while another process measures.")
    ] = True,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Measure a suite here and now: progress, a table at the end, and what shows more."""
    from bench_service import api
    from bench_service.cli.progress import ProgressShown
    from bench_service.cli.show import document_of, print_run

    url = options.database(db)
    with ProgressShown() as progress:
        if resume is not None:
            if label is not None:
                raise InputError("A resumed run keeps its label.", got=f"--label {label}")
            loaded = api.resume(resume, db=url, progress=progress, wait=wait)
        else:
            chosen = options.chosen_suite(
                suite, activations=activation, backends=backend, workloads=workload, kind=kind,
                dtypes=dtype, numels=numel, passes=pass_, seeds=seeds, processes=processes,
            )  # fmt: skip
            loaded = api.run(
                chosen, db=url, label=label, seed=seed, trigger="cli", progress=progress, wait=wait
            )
    if as_json:
        print_json(document_of(loaded))
    else:
        print_run(loaded)
        named = "" if db is None else f" --db {db}"
        console().print(
            f"\nMore: [bold]bench-service show {loaded.uid}{named}[/], or look at it with "
            f"[bold]bench-service dashboard{named}[/]"
        )
    if loaded.status is not RunStatus.DONE:
        raise typer.Exit(1)
