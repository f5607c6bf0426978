"""``webhook``: try where notices go."""

from __future__ import annotations

from typing import Annotated

import typer

from bench_service.cli import options
from bench_service.cli.output import complain, console

Address = Annotated[
    str,
    typer.Argument(
        metavar="URL", envvar="BENCH_SERVICE_WEBHOOK", show_envvar=False,
        help="http or https. Default: BENCH_SERVICE_WEBHOOK.",
    ),
]  # fmt: skip


def webhook(url: Address, db: options.UnusedDatabase = None) -> None:
    """Send a trial notice to a webhook, once, and say what came back.

    Exit status 1 where it wasn't taken.
    """
    options.say_unused(db, "webhook")
    from bench_service.service.webhook import WebhookError, checked_webhook, trial

    hook = checked_webhook(url)
    try:
        answer = hook.tell(trial())
    except WebhookError as error:
        complain(error)
        raise typer.Exit(1) from None
    console().print(f"{hook.host} took the notice: {answer}")
