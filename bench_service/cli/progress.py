"""Progress of a run: a bar on a terminal, a line now and then elsewhere. Always on stderr."""

from __future__ import annotations

import time

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bench_service.cli.output import console
from bench_service.planning import Plan

SECONDS_BETWEEN_LINES = 10.0


class ProgressShown:
    """Shows what is being measured, how much is left, and the time to go."""

    def __init__(self) -> None:
        self._console = console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("to go"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID | None = None
        self._n_done = 0
        self._last_line = time.monotonic()

    def __enter__(self) -> ProgressShown:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def waiting(self) -> None:
        """Say that another process has the machine."""
        self._console.print("Another process is measuring on this machine; waiting for it to end.")

    def begin(self, plan: Plan, n_children: int) -> None:
        """Say what is to come."""
        n_cases, n_groups = len(plan.cases), len(plan.groups)
        self._console.print(
            f"Measuring {n_cases} cases in {n_groups} groups, about {n_children} processes."
        )
        self._task = self._bar.add_task("starting", total=max(1, n_children))

    def now(self, what: str, conditions: str) -> None:
        """Say what is being done now."""
        if self._task is not None:
            self._bar.update(self._task, description=f"{what} {conditions}")

    def child_done(self, n_left: int) -> None:
        """Move the bar; without a terminal, a line every ten seconds."""
        self._n_done += 1
        if self._task is not None:
            self._bar.update(self._task, completed=self._n_done, total=self._n_done + n_left)
        if not self._console.is_terminal and (
            time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES
        ):
            self._last_line = time.monotonic()
            self._console.print(f"{self._n_done} processes measured, about {n_left} to go")

    def failed(self, label: str, conditions: str, reason: str) -> None:
        """Say at once that a case has failed."""
        self._console.print(f"[red]failed[/] {label}, {conditions}: {reason}")
