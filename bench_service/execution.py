"""Executes a plan in child processes and hands every result over as soon as it is there.

A case that fails, crashes, hangs or exhausts memory becomes a stored outcome with a reason; it
stops neither the others nor the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from bench_service.backends import BACKENDS
from bench_service.errors import ForkerError
from bench_service.planning import Group, Plan
from bench_service.references import absolute
from bench_service.result import (
    CaseOutcome,
    ChildResult,
    EntryBlocks,
    EntryProbe,
    Role,
    RunStatus,
    Status,
    TimingCase,
)
from bench_service.timing.culprit import culprits
from bench_service.timing.events import Ask, EntryFailure, child_parts
from bench_service.timing.probing import probe_group
from bench_service.timing.schedule import GroupState, Limits, calibrated
from bench_service.timing.spec import GroupSpec, group_of, label_of
from bench_service.timing.wire import Event, end


class Writer(Protocol):
    """Where results go: the recorder, or a fake in a test."""

    def outcomes(self, uid: str, outcomes: Sequence[CaseOutcome]) -> None:
        """Store what became of cases."""
        ...

    def child(self, uid: str, child: ChildResult, cases: Mapping[str, TimingCase]) -> bool:
        """Store a part of a child."""
        ...


class Progress(Protocol):
    """Who wants to know how far a run is."""

    def waiting(self) -> None:
        """Another process is measuring on this machine; this run waits for it."""
        ...

    def begin(self, plan: Plan, n_children: int) -> None:
        """The run begins; about so many children are to come."""
        ...

    def now(self, what: str, conditions: str) -> None:
        """This is being done now."""
        ...

    def child_done(self, n_left: int) -> None:
        """A child has ended; about so many are left."""
        ...

    def failed(self, label: str, conditions: str, reason: str) -> None:
        """A case has failed."""
        ...


class Quiet:
    """Progress for nobody."""

    def waiting(self) -> None:
        """Nothing."""

    def begin(self, plan: Plan, n_children: int) -> None:
        """Nothing."""

    def now(self, what: str, conditions: str) -> None:
        """Nothing."""

    def child_done(self, n_left: int) -> None:
        """Nothing."""

    def failed(self, label: str, conditions: str, reason: str) -> None:
        """Nothing."""


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
    n_failed: int = 0
    n_ok: int = 0
    _failed_labels: dict[str, set[str]] = field(default_factory=dict)

    def execute(self) -> RunStatus:
        """How the run ended; what was measured is with the writer."""
        suite = self.plan.suite.timing
        assert suite is not None or not self.plan.groups
        self._skips()
        if suite is not None:
            done = {print_: state.next_process for print_, state in self.resumed.items()}
            prints = [group.conditions.fingerprint for group in self.plan.groups]
            n_left = sum(max(0, suite.processes - done.get(print_, 0)) for print_ in prints)
            self.progress.begin(self.plan, n_left)
            for group in self.plan.groups:
                self._prepare(group)
            self._measure_all(self.clock() + suite.seconds)
        if self.n_failed:
            return RunStatus.PARTIAL if self.n_ok else RunStatus.FAILED
        return RunStatus.DONE if self.n_ok else RunStatus.FAILED

    def _skips(self) -> None:
        """Store why cases can't be measured; what an earlier attempt has measured stays."""
        skips = [
            CaseOutcome(skip.case, Role.CASE, Status.SKIPPED, skip.reason)
            for skip in self.plan.skips
            if skip.case.conditions.fingerprint not in self.resumed
        ]
        self.n_ok += len(self.plan.skips) - len(skips)
        if skips:
            self.writer.outcomes(self.uid, skips)

    def _prepare(self, group: Group) -> None:
        """Probe a group, unless an earlier attempt has, and store what was found."""
        fingerprint = group.conditions.fingerprint
        if fingerprint in self.resumed:
            self.states[fingerprint] = self.resumed[fingerprint]
            kept = {e.label for e in self.states[fingerprint].spec.entries if e.role == Role.CASE}
            self.n_ok += len(kept)
            self.n_failed += len(group.cases) - len(kept)
            self._failed(group).update({label_of(case) for case in group.cases} - kept)
            return
        suite = self.plan.suite.timing
        assert suite is not None
        self.progress.now("checking", describe(group))
        spec = replace(group_of(group.conditions, group.cases), seed=self.seed)
        probes = probe_group(lambda s: self._ask("probe", s, self.limits.probe_s), spec)
        self._store_probes(group, probes)
        self.states[fingerprint] = GroupState(calibrated(spec, probes, suite))

    def _ask(self, task: str, spec: GroupSpec, silence_s: float) -> Iterable[Event]:
        """A child's events; the end of the forker itself counts as the child's."""
        spec = _located(spec, self.plan.folder)
        backend = BACKENDS.get(spec.conditions.backend)
        template = backend.is_compiled and backend.forks_after_compile
        try:
            with closing(self.ask(task, spec, silence_s, template=template)) as events:
                yield from events
        except ForkerError as error:
            yield end("crashed", str(error))

    def _store_probes(self, group: Group, probes: Mapping[str, EntryProbe]) -> None:
        outcomes = []
        beside = _beside_reason(probes)
        for case in group.cases:
            probe = probes[label_of(case)]
            reason = probe.reason or beside
            outcomes.append(_outcome(case, probe, reason))
            self.n_ok += not reason
            if reason:
                self._failed(group).add(label_of(case))
                self._count_failure(label_of(case), group, reason)
        for probe in probes.values():
            if probe.role != Role.CASE:
                name = "relu" if probe.role in (Role.REFERENCE, Role.ALIAS) else probe.label
                case = TimingCase(name, group.conditions)
                outcomes.append(_outcome(case, probe, probe.reason))
        self.writer.outcomes(self.uid, outcomes)

    def _count_failure(self, label: str, group: Group, reason: str) -> None:
        self.n_failed += 1
        self.progress.failed(label, describe(group), reason)

    def _measure_all(self, deadline: float) -> None:
        """Children of all groups in turn, so that each group is spread over the whole run."""
        suite = self.plan.suite.timing
        assert suite is not None
        random = np.random.default_rng([self.seed, 1])
        groups = {group.conditions.fingerprint: group for group in self.plan.groups}
        while open_groups := [g for g, state in self.states.items() if not state.is_finished]:
            for index in random.permutation(len(open_groups)).tolist():
                state = self.states[open_groups[index]]
                self._measure_child(groups[open_groups[index]], state)
                state.look(suite)
                if self.clock() > deadline and not state.is_finished:
                    state.is_finished, state.why_finished = True, "time"
                self.progress.child_done(self._n_left(suite.processes))
        for fingerprint, state in self.states.items():
            if fingerprint in groups:
                self._fail_unmeasured(groups[fingerprint], state, state.why_finished)

    def _n_left(self, processes: int) -> int:
        return sum(
            max(1, processes - len(state.views))
            for state in self.states.values()
            if not state.is_finished
        )

    def _measure_child(self, group: Group, state: GroupState) -> None:
        """Fork one child, store its parts as they come, and take its rounds into account."""
        suite = self.plan.suite.timing
        assert suite is not None
        spec = state.next_spec()
        cases = {label_of(case): case for case in group.cases}
        self.progress.now("measuring", describe(group))
        stored: list[tuple[EntryBlocks, ...]] = []
        parent = ""
        failures: list[EntryFailure] = []
        silence_s = self.limits.of_rounds(suite)

        def ask(wanted: GroupSpec) -> Iterable[Event]:
            return self._ask("measure", wanted, silence_s)

        for part in child_parts(ask(spec), spec):
            if isinstance(part, ChildResult):
                self.writer.child(self.uid, part, cases)
                stored.append(part.blocks)
                parent = str(part.facts.get("parent", ""))
            else:
                failures.append(part)
        state.add(spec.process_ix, stored, parent)
        if not failures:
            state.end_child()
        for failure in failures:
            found = culprits(ask, spec, failure, state.blame)
            if not found:
                state.end_child(failure.reason)
            for label, reason in found.items():
                state.drop(label)
                self._fail(group, [label], reason)
            if state.is_finished:
                self._fail_unmeasured(group, state, failure.reason)
                break

    def _fail_unmeasured(self, group: Group, state: GroupState, why: str) -> None:
        """A case of which no child has a time has failed, whatever its probe has said."""
        labels = [label_of(case) for case in group.cases]
        never = [label for label in labels if not state.has_measured(label)]
        self._fail(group, never, f"The group couldn't be measured: {why}")

    def _fail(self, group: Group, labels: Sequence[str], reason: str) -> None:
        """Cases failed while they were measured: their outcome changes, the group goes on."""
        for case in group.cases:
            if label_of(case) in labels and label_of(case) not in self._failed(group):
                self._failed(group).add(label_of(case))
                outcome = CaseOutcome(case, Role.CASE, Status.FAILED, reason)
                self.writer.outcomes(self.uid, [outcome])
                self.n_ok -= 1
                self._count_failure(label_of(case), group, reason)

    def _failed(self, group: Group) -> set[str]:
        return self._failed_labels.setdefault(group.conditions.fingerprint, set())


def _located(spec: GroupSpec, folder: Path) -> GroupSpec:
    """As the child needs it: files of the user's by their whole path, wherever it runs."""
    entries = (replace(e, activation=absolute(e.activation, folder)) for e in spec.entries)
    return replace(spec, entries=tuple(entries))


def describe(group: Group) -> str:
    """The group in a few words, for progress: ``forward, 1,024 float32, cpu-eager``."""
    c = group.conditions
    more = [word for word in (c.condition, c.layout, c.input) if word not in _USUAL]
    threads = [f"{c.threads} threads"] if c.threads > 1 else []
    return ", ".join([c.pass_name, f"{c.numel:,} {c.dtype}", c.backend, *more, *threads])


_USUAL = {"default", "contiguous", "normal", "kernel"}


def _outcome(case: TimingCase, probe: EntryProbe, reason: str) -> CaseOutcome:
    return CaseOutcome(
        case,
        probe.role,
        Status.FAILED if reason else Status.OK,
        reason,
        probe.n_calls,
        probe.saved_bytes_per_element,
        {**probe.facts, "call_time_ns": probe.call_time_ns},
    )


def _beside_reason(probes: Mapping[str, EntryProbe]) -> str:
    """Why no case of a group can be measured: ReLU itself failed."""
    for probe in probes.values():
        if probe.role in (Role.REFERENCE, Role.ALIAS) and probe.reason:
            return f"The reference couldn't be measured: {probe.reason}"
    return ""
