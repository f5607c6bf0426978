"""What became of the cases of a run: counted, stored, and told as it comes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bench_service.execution.naming import describe
from bench_service.execution.protocols import Progress, Writer
from bench_service.planning import Group
from bench_service.result import (
    CaseOutcome,
    EntryProbe,
    Role,
    RunStatus,
    Skip,
    Status,
    TimingCase,
)
from bench_service.timing.spec import label_of


@dataclass
class Tally:
    """The outcomes of a run so far. Every case fails at most once."""

    uid: str
    writer: Writer
    progress: Progress
    n_ok: int = 0
    n_failed: int = 0
    _failed_labels: dict[str, set[str]] = field(default_factory=dict)

    def skip(self, skips: Collection[Skip], n_kept: int) -> None:
        """Store why cases can't be measured; ``n_kept`` that an earlier attempt has measured."""
        self.n_ok += n_kept
        if skips:
            self.writer.outcomes(
                self.uid,
                [CaseOutcome(s.case, Role.CASE, Status.SKIPPED, s.reason) for s in skips],
            )

    def resume(self, group: Group, kept: set[str]) -> None:
        """Count what an earlier attempt has found of a group; what it kept is still in the race."""
        self.n_ok += len(kept)
        self.n_failed += len(group.cases) - len(kept)
        self._failed(group).update({label_of(case) for case in group.cases} - kept)

    def probed(self, group: Group, probes: Mapping[str, EntryProbe]) -> None:
        """Store what was found of a group's entries."""
        outcomes = []
        beside = _reason_beside(probes)
        for case in group.cases:
            probe = probes[label_of(case)]
            reason = probe.reason or beside
            outcomes.append(_outcome(case, probe, reason))
            self.n_ok += not reason
            if reason:
                self._count_failure(group, label_of(case), reason)
        for probe in probes.values():
            if probe.role != Role.CASE:
                name = "relu" if probe.role in (Role.REFERENCE, Role.ALIAS) else probe.label
                case = TimingCase(name, group.conditions)
                outcomes.append(_outcome(case, probe, probe.reason))
        self.writer.outcomes(self.uid, outcomes)

    def fail(self, group: Group, labels: Collection[str], reason: str) -> None:
        """Cases failed while they were measured: their outcome changes, the group goes on."""
        for case in group.cases:
            label = label_of(case)
            if label in labels and label not in self._failed(group):
                outcome = CaseOutcome(case, Role.CASE, Status.FAILED, reason)
                self.writer.outcomes(self.uid, [outcome])
                self.n_ok -= 1
                self._count_failure(group, label, reason)

    @property
    def status(self) -> RunStatus:
        """How a run with these outcomes has ended."""
        if self.n_failed:
            return RunStatus.PARTIAL if self.n_ok else RunStatus.FAILED
        return RunStatus.DONE if self.n_ok else RunStatus.FAILED

    def _count_failure(self, group: Group, label: str, reason: str) -> None:
        self._failed(group).add(label)
        self.n_failed += 1
        self.progress.failed(label, describe(group), reason)

    def _failed(self, group: Group) -> set[str]:
        return self._failed_labels.setdefault(group.conditions.fingerprint, set())


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


def _reason_beside(probes: Mapping[str, EntryProbe]) -> str:
    """Why no case of a group can be measured: ReLU itself failed."""
    for probe in probes.values():
        if probe.role in (Role.REFERENCE, Role.ALIAS) and probe.reason:
            return f"The reference couldn't be measured: {probe.reason}"
    return ""
