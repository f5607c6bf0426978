"""``db``: where the store is, its schema, its health, its backups and its size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench_service.cli import options
from bench_service.cli.output import counted, print_json

if TYPE_CHECKING:
    from db.pruning import Pruning

app = typer.Typer(
    help="Look after the store: where it is, its schema, its health, its backups and its size.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("path", short_help="Print where the store is.")
def path(as_json: options.AsJson = False, db: options.Database = None) -> None:
    """Print where the store is."""
    from db.location import locate

    place = locate(options.database(db))
    if as_json:
        print_json({"url": str(place), "path": None if place.path is None else str(place.path)})
    else:
        print(place if place.path is None else place.path)


@app.command("upgrade", short_help="Bring the store to this program's schema.")
def upgrade(as_json: options.AsJson = False, db: options.Database = None) -> None:
    """Bring the store to this program's schema, with a backup first."""
    from db.migrate import upgrade as upgrade_store

    done = upgrade_store(options.database(db))
    backup = None if done.backup is None else str(done.backup)
    if as_json:
        print_json({"before": done.before, "after": done.after, "backup": backup})
    elif done.before == done.after:
        print(f"The store has schema {done.after} already.")
    else:
        kept = f"; the backup is {backup}" if backup else ""
        print(f"Upgraded from schema {done.before} to {done.after}{kept}.")


@app.command("check", short_help="Check that the store is sound.")
def check(as_json: options.AsJson = False, db: options.Database = None) -> None:
    """Check the store's integrity; exit status 1 where something is wrong."""
    from db import maintenance
    from db.session import open_store

    with open_store(options.database(db), read_only=True) as store:
        health, size = maintenance.check(store), maintenance.size(store)
    if as_json:
        print_json({"schema": health.schema, "problems": health.problems, "bytes": size})
    else:
        for problem in health.problems:
            print(problem)
        word = "has problems" if health.problems else "is sound"
        print(f"The store {word}: schema {health.schema}, {size / 1e6:.1f} MB.")
    if health.problems:
        raise typer.Exit(1)


@app.command("backup", short_help="Make a complete copy of the store.")
def backup(
    target: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to. Default: beside the store.")
    ] = None,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Make a complete copy of the store."""
    from db import maintenance
    from db.session import open_store

    with open_store(options.database(db), create=False) as store:
        made = maintenance.backup(store, target)
    if as_json:
        print_json({"backup": str(made)})
    else:
        print(f"The backup is {made}.")


@app.command("prune", short_help="Let go of old runs and jobs.")
def prune(
    older_than: Annotated[
        float,
        typer.Option("--older-than", metavar="DAYS", min=0, help="Runs that began before that."),
    ] = 180.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: options.AsJson = False,
    db: options.Database = None,
) -> None:
    """Let go of old runs, and of jobs, workers and moments of schedules of the past.

    Runs that a person gave a label, or whose job hasn't ended, are kept.
    """
    from db.pruning import prune as prune_store
    from db.session import open_store

    with open_store(options.database(db), create=False) as store:
        done = prune_store(store, older_than, dry_run=dry_run)
    if as_json:
        _print_pruning(done, dry_run=dry_run)
        return
    for run in done.runs:
        print(f"{run.uid}  {run.suite}  {run.started_at:%Y-%m-%d}")
    verb = "would go" if dry_run else "went"
    before, after = done.bytes_before / 1e6, done.bytes_after / 1e6
    size = f"{before:.1f} MB" if dry_run else f"{before:.1f} MB before, {after:.1f} MB now"
    print(f"{counted(len(done.runs), 'run')} {verb}{_held(done)}; the store takes {size}.")
    past = _named((done.n_jobs, "job"), (done.n_firings, "moment"), (done.n_workers, "worker"))
    if past:
        print(f"Of the service {verb} {past}.")


def _held(done: Pruning) -> str:
    """What was measured in the runs that go, in words; empty where there is nothing."""
    named = _named(
        (done.n_blocks, "row of timed blocks", "rows of timed blocks"),
        (done.n_slices, "trained slice"),
        (done.n_benchmarks, "benchmark"),
    )
    return f" with {named}" if named else ""


def _named(*counts: tuple[int, str] | tuple[int, str, str]) -> str:
    """Those of these that there are any of, in words."""
    return ", ".join(counted(*one) for one in counts if one[0])


def _print_pruning(done: Pruning, *, dry_run: bool) -> None:
    gone = [
        {"id": run.uid, "suite": run.suite, "started_at": run.started_at.isoformat()}
        for run in done.runs
    ]
    names = ("n_blocks", "n_slices", "n_benchmarks", "n_jobs", "n_firings", "n_workers")
    counts = {name: getattr(done, name) for name in names}
    sizes = {"bytes_before": done.bytes_before, "bytes_after": done.bytes_after}
    print_json({"runs": gone, **counts, **sizes, "dry_run": dry_run})
