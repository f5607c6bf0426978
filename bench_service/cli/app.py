"""The verbs, put together."""

from __future__ import annotations

import typer

from bench_service.cli import (
    compare,
    dashboard,
    doctor,
    listing,
    plan,
    run,
    runs,
    show,
    store,
)
from bench_service.cli.options import Database, remember_database

app = typer.Typer(
    name="bench-service",
    help="Benchmarks of ReLU and its variants that say how far they can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def main(db: Database = None) -> None:
    """Benchmarks of ReLU and its variants that say how far they can be trusted."""
    remember_database(db)


app.command("run")(run.run)
app.command("plan")(plan.plan)
app.command("list")(listing.list_)
app.command("runs")(runs.runs)
app.command("show")(show.show)
app.command("compare")(compare.compare)
app.command("doctor")(doctor.doctor)
app.command("dashboard")(dashboard.dashboard)
app.add_typer(store.app, name="db")
