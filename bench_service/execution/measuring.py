"""Children of all groups in turn, each handed over part by part, until every group has enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from bench_service.execution.children import Children
from bench_service.execution.naming import describe
from bench_service.execution.protocols import Progress, Writer
from bench_service.execution.tally import Tally
from bench_service.planning import Group
from bench_service.result import ChildResult, EntryBlocks
from bench_service.suite import TimingSuite
from bench_service.timing.culprit import culprits
from bench_service.timing.events import EntryFailure, child_parts
from bench_service.timing.schedule import GroupState, Limits
from bench_service.timing.spec import GroupSpec, label_of
from bench_service.timing.wire import Event


@dataclass(frozen=True)
class Measuring:
    """Takes the times of groups that were prepared."""

    uid: str
    writer: Writer
    children: Children
    tally: Tally
    progress: Progress
    suite: TimingSuite
    seed: int
    limits: Limits
    clock: Callable[[], float]

    def measure(self, groups: Iterable[Group], states: Mapping[str, GroupState]) -> None:
        """Measure all groups; ``states`` by fingerprint say how far each one is."""
        deadline = self.clock() + self.suite.seconds
        random = np.random.default_rng([self.seed, 1])
        known = {group.conditions.fingerprint: group for group in groups}
        while open_groups := [g for g, state in states.items() if not state.is_finished]:
            # In turn, so that each group is spread over the whole run.
            for index in random.permutation(len(open_groups)).tolist():
                state = states[open_groups[index]]
                self._measure_child(known[open_groups[index]], state)
                state.look(self.suite)
                if self.clock() > deadline and not state.is_finished:
                    state.is_finished, state.why_finished = True, "time"
                self.progress.child_done(self._n_left(states))
        for fingerprint, group in known.items():
            self._fail_unmeasured(group, states[fingerprint], states[fingerprint].why_finished)

    def _n_left(self, states: Mapping[str, GroupState]) -> int:
        return sum(
            max(1, self.suite.processes - len(state.views))
            for state in states.values()
            if not state.is_finished
        )

    def _measure_child(self, group: Group, state: GroupState) -> None:
        """Fork one child, store its parts as they come, and take its rounds into account."""
        spec = state.next_spec()
        cases = {label_of(case): case for case in group.cases}
        self.progress.now("measuring", describe(group))
        stored: list[tuple[EntryBlocks, ...]] = []
        parent = ""
        failures: list[EntryFailure] = []
        for part in child_parts(self._events(spec), spec):
            if isinstance(part, ChildResult):
                self.writer.child(self.uid, part, cases)
                stored.append(part.blocks)
                parent = str(part.facts.get("parent", ""))
            else:
                failures.append(part)
        state.add(spec.process_ix, stored, parent)
        if failures:
            self._go_on_without(group, state, spec, failures)
        else:
            state.end_child()

    def _events(self, spec: GroupSpec) -> Iterable[Event]:
        return self.children.events("measure", spec, self.limits.of_rounds(self.suite))

    def _go_on_without(
        self, group: Group, state: GroupState, spec: GroupSpec, failures: Iterable[EntryFailure]
    ) -> None:
        """Find who brought a child down, and drop it; the rest of the group goes on."""
        for failure in failures:
            found = culprits(self._events, spec, failure, state.blame)
            if not found:
                state.end_child(failure.reason)
            for label, reason in found.items():
                state.drop(label)
                self.tally.fail(group, [label], reason)
            if state.is_finished:
                self._fail_unmeasured(group, state, failure.reason)
                break

    def _fail_unmeasured(self, group: Group, state: GroupState, why: str) -> None:
        """A case of which no child has a time has failed, whatever its probe has said."""
        labels = [label_of(case) for case in group.cases]
        never = [label for label in labels if not state.has_measured(label)]
        self.tally.fail(group, never, f"The group couldn't be measured: {why}")
