"""One run of a plan from its first probe to its last child."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench_service.execution.children import Children
from bench_service.execution.measuring import Measuring
from bench_service.execution.preparing import Preparing
from bench_service.execution.protocols import Progress, Writer
from bench_service.execution.tally import Tally
from bench_service.planning import Plan
from bench_service.result import RunStatus
from bench_service.suite import TimingSuite
from bench_service.timing.events import Ask
from bench_service.timing.schedule import GroupState, Limits


@dataclass
class Execution:
    """One run of a plan: what it needs, and how far it is."""

    plan: Plan
    uid: str
    writer: Writer
    ask: Ask
    progress: Progress
    seed: int
    clock: Callable[[], float] = time.monotonic
    limits: Limits = field(default_factory=Limits)
    resumed: Mapping[str, GroupState] = field(default_factory=dict)
    """Groups that an earlier attempt has probed, by fingerprint, with what it measured."""
    states: dict[str, GroupState] = field(default_factory=dict)
    """How far every group is, by fingerprint."""

    def execute(self) -> RunStatus:
        """How the run ended; what was measured is with the writer."""
        suite = self.plan.suite.timing
        assert suite is not None or not self.plan.groups
        tally = Tally(self.uid, self.writer, self.progress)
        skips = [
            skip for skip in self.plan.skips if skip.case.conditions.fingerprint not in self.resumed
        ]
        tally.skip(skips, n_kept=len(self.plan.skips) - len(skips))
        if suite is not None:
            self._time(suite, tally)
        return tally.status

    def _time(self, suite: TimingSuite, tally: Tally) -> None:
        groups = self.plan.groups
        children = Children(self.ask, self.plan.folder)
        self.progress.begin(self.plan, self._n_children(suite))
        preparing = Preparing(
            children, tally, self.progress, suite, self.seed, self.limits, self.resumed
        )
        for group in groups:
            self.states[group.conditions.fingerprint] = preparing.state_of(group)
        Measuring(
            self.uid, self.writer, children, tally, self.progress, suite, self.seed, self.limits,
            self.clock,
        ).measure(groups, self.states)  # fmt: skip

    def _n_children(self, suite: TimingSuite) -> int:
        """About how many children are to come."""
        done = {name: state.next_process for name, state in self.resumed.items()}
        names = [group.conditions.fingerprint for group in self.plan.groups]
        return sum(max(0, suite.processes - done.get(name, 0)) for name in names)
