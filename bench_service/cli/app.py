"""The verbs, put together. A verb imports what it needs when it is called, not here."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from bench_service.cli import (
    compare,
    dashboard,
    doctor,
    jobs,
    listing,
    plan,
    run,
    runs,
    schedule,
    show,
    store,
    submit,
    webhook,
    worker,
)
from bench_service.cli.options import Database, remember_database


class Ended(Exception):  # noqa: N818  # an envelope: its cause is the error
    """A verb was interrupted or refused by the operating system; the cause says which.

    Typer would turn both into exit statuses of its own.
    """


class Verbs(TyperGroup):
    """The verbs, as a group whose interruptions reach the console script."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # Typer's own types
        """What the verb returns, which is nothing."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, OSError) as error:
            raise Ended from error


app = typer.Typer(
    name="bench-service",
    cls=Verbs,
    help="Benchmarks of ReLU and its variants that say how far they can be trusted.",
    epilog="Exit status: 0 done; 1 something measured failed; 2 bad input; 130 interrupted "
    "(Ctrl-C, SIGTERM or SIGHUP), with what was measured kept.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def main(db: Database = None) -> None:
    """Benchmarks of ReLU and its variants that say how far they can be trusted."""
    remember_database(db)


app.command("run", short_help="Measure a suite here and now.")(run.run)
app.command("plan", short_help="Show what a run would measure, and how long.")(plan.plan)
app.command("list", short_help="List activations, backends, suites and metrics.")(listing.list_)
app.command("runs", short_help="List the newest runs.")(runs.runs)
app.command("show", short_help="Show the results of a run.")(show.show)
app.command("compare", short_help="Compare two runs.")(compare.compare)
app.command("submit", short_help="Ask for a suite to be measured by a worker.")(submit.submit)
app.command("jobs", short_help="List what was asked of workers.")(jobs.jobs)
app.command("cancel", short_help="Cancel a job.")(jobs.cancel)
app.command("worker", short_help="Take jobs and have them measured.")(worker.worker)
app.add_typer(
    schedule.app, name="schedule", short_help="Have suites measured at times of their own."
)
app.command("webhook", short_help="Try where notices go.")(webhook.webhook)
app.command("doctor", short_help="Test the instrument on this machine.")(doctor.doctor)
app.command("dashboard", short_help="Start the dashboard.")(dashboard.dashboard)
app.add_typer(store.app, name="db", short_help="Look after the store.")
