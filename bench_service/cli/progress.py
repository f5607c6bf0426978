"""Progress of a run: a bar on a terminal, a line now and then elsewhere. Always on stderr."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from bench_service.cli.output import console, counted

if TYPE_CHECKING:
    from bench_service.planning import Plan
    from bench_service.training.result import SliceOutcome

SECONDS_BETWEEN_LINES = 10.0
SHARES = 1000
LONGEST = 60


class ProgressShown:
    """Shows what is being measured, how much is left, and the time to go."""

    def __init__(self) -> None:
        self._console = console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
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
        self._told: set[str] = set()
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
        cases, groups = counted(len(plan.cases), "case"), counted(len(plan.groups), "group")
        processes = counted(n_children, "process", "processes")
        self._console.print(f"Measuring {cases} in {groups}, about {processes}.")
        for reason, n in Counter(skip.reason for skip in plan.skips).items():
            self._console.print(f"Skipping {counted(n, 'case')}: {reason}")
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
            done = counted(self._n_done, "process", "processes")
            self._console.print(f"{done} measured, about {n_left} to go")

    def training_begins(self, n_chains: int, n_slices: int) -> None:
        """Say what is to be trained; the bar begins anew, in shares of the work."""
        slices, chains = counted(n_slices, "slice"), counted(n_chains, "chain")
        self._console.print(f"Training {slices} in {chains} of an activation and a workload.")
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task("training", total=SHARES)

    def training_moved(self, share: float, n_done: int, now: str) -> None:
        """Move the bar; without a terminal, a line every ten seconds."""
        if self._task is not None:
            said = f"training {now}" if now else "training"
            self._bar.update(
                self._task, description=said[:LONGEST], completed=round(SHARES * share)
            )
        if not self._console.is_terminal and (
            time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES
        ):
            self._last_line = time.monotonic()
            self._console.print(f"{counted(n_done, 'slice')} trained, {share:.0%} of the work")

    def training_failed(self, outcome: SliceOutcome) -> None:
        """Say at once, and once for each reason, that slices couldn't be trained."""
        case = outcome.case
        told = f"{case.activation} on {case.workload}: {outcome.reason}"
        if told not in self._told:
            self._told.add(told)
            self._console.print(Text.assemble(("failed", "red"), f" {told}"))

    def failed(self, label: str, conditions: str, reason: str) -> None:
        """Say at once that a case has failed."""
        self._console.print(Text.assemble(("failed", "red"), f" {label}, {conditions}: {reason}"))
