"""A machine whose operations cost exactly what a test says, and a writer that remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bench_service.result import EntryProbe, Role, TimingCase
from bench_service.suite import Suite
from bench_service.timing.calibrate import calls_per_block, time_call_ns
from bench_service.timing.child import _plain, random_of
from bench_service.timing.counters import Counters
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds
from bench_service.timing.spec import GroupSpec
from bench_service.timing.stopwatch import HostStopwatch
from bench_service.timing.wire import end

Cost = Callable[[GroupSpec], int]
"""What one call costs in ns, given the specification of its child."""


def suite_of(*activations: str, **timing: Any) -> Suite:
    values: dict[str, Any] = {
        "passes": ["forward"], "numels": [1024], "processes": 4, "max_processes": 4,
        "max_rounds": 12, "child_ms": 100, **timing,
    }  # fmt: skip
    document = {"name": "test", "activations": [*activations], "backends": ["cpu-eager"]}
    return Suite.from_document({**document, "timing": values}, "The test's suite")


@dataclass
class Machine:
    """A forker without processes: its clock moves only by the cost of calls.

    ``costs`` gives ns per call by label, everything else costs ``default``. ``misdeeds`` maps a
    label to what happens to a child in which it is at work: an exception class to raise (a
    KeyboardInterrupt leaves the machine) or the events that end it.
    """

    costs: Mapping[str, int | Cost] = field(default_factory=dict)
    default: int = 1000
    misdeeds: Mapping[str, Callable[[str, GroupSpec], dict[str, Any] | None]] = field(
        default_factory=dict
    )
    before_event: Callable[[], None] = lambda: None
    now_ns: int = 0
    asked: list[tuple[str, GroupSpec]] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def clock(self) -> int:
        return self.now_ns

    def seconds(self) -> float:
        return self.now_ns / 1e9

    def stopwatch(self) -> HostStopwatch:
        return HostStopwatch(self.clock, lambda: Counters(self.now_ns, 0, 0))

    def call(self, label: str, spec: GroupSpec) -> Callable[[], None]:
        cost = self.costs.get(label, self.default)
        ns = cost(spec) if callable(cost) else cost

        def call() -> None:
            self.now_ns += ns

        return call

    def ask(self, task: str, spec: GroupSpec, silence_s: float, *, template: bool = False):
        self.asked.append((task, spec))
        for event in self._events(task, spec):
            self.before_event()
            yield event
            if event["event"] == "end":
                return

    def _events(self, task: str, spec: GroupSpec):
        spec = GroupSpec.from_json(spec.to_json())
        if task == "probe":
            for entry in spec.entries:
                misdeed = self.misdeeds.get(entry.label, lambda *_: None)("probe", spec)
                if misdeed is not None:
                    if misdeed["event"] == "end":
                        yield {"culprit": entry.label} | misdeed
                        return
                    probe = EntryProbe(entry.label, entry.role, 0, 0.0, reason=misdeed["reason"])
                else:
                    ns = time_call_ns(self.call(entry.label, spec), self.stopwatch())
                    probe = EntryProbe(
                        entry.label, entry.role, calls_per_block(ns), ns, facts=self.facts
                    )
                yield {"event": "probe", "probe": asdict(probe)}
            yield end("ok")
            return
        entries = []
        ending = None
        for entry in spec.entries:
            misdeed = self.misdeeds.get(entry.label, lambda *_: None)("measure", spec)
            if misdeed is not None and misdeed["event"] == "failed":
                yield {"label": entry.label} | misdeed
                continue
            if misdeed is not None:
                ending = {"culprit": entry.label} | misdeed
            call = self.call(entry.label, spec)
            entries.append(Entry(entry.label, entry.role, call, entry.n_calls))
        plan = RoundPlan(spec.n_rounds, spec.n_warm_up, spec.rounds_per_part)
        n_left = plan.n_parts
        for part in measure_rounds(entries, plan, self.stopwatch(), random_of(spec)):
            n_left -= 1
            if ending is not None and not n_left:
                break
            yield {
                "event": "part", "blocks": [_plain(block) for block in part],
                "is_last": not n_left, "facts": {},
            }  # fmt: skip
        yield ending or end("ok")


@dataclass
class Memory:
    """A writer that keeps what it was given."""

    status: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Status and reason by activation, of cases; the newest word holds."""
    n_calls: dict[tuple[str, str], int] = field(default_factory=dict)
    """Calls in a block by role and label."""
    parts: list[tuple[str, int, int, bool]] = field(default_factory=list)
    children: list[Any] = field(default_factory=list)

    def outcomes(self, uid: str, outcomes) -> None:
        for outcome in outcomes:
            if outcome.role == Role.CASE:
                self.status[outcome.case.activation] = (outcome.status, outcome.reason)
            self.n_calls[outcome.role, outcome.case.activation] = outcome.n_calls

    def child(self, uid: str, child, cases: Mapping[str, TimingCase]) -> bool:
        self.parts.append((child.group, child.process_ix, child.part, child.is_last))
        self.children.append(child)
        return True


@dataclass
class Told:
    """Progress that remembers what it was told."""

    failures: list[tuple[str, str]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    def waiting(self) -> None: ...

    def begin(self, plan, n_children: int) -> None:
        self.n_children = n_children

    def now(self, what: str, conditions: str) -> None: ...

    def child_done(self, n_left: int) -> None:
        self.left.append(n_left)

    def failed(self, label: str, conditions: str, reason: str) -> None:
        self.failures.append((label, reason))


def failing(task: str, reason: str, status: str = "failed", alone: bool | None = None):
    """A misdeed: in that task the child ends so.

    With ``alone`` only in children where the entry is (or isn't) by itself.
    """

    def misdeed(asked: str, spec: GroupSpec) -> dict[str, Any] | None:
        if asked != task or (alone is not None and alone != (len(spec.entries) == 1)):
            return None
        return (
            end(status, reason) | {"culprit": ""} if status == "blind" else _ended(status, reason)
        )

    return misdeed


def _ended(status: str, reason: str) -> dict[str, Any]:
    ended = end(status, reason)
    del ended["culprit"]
    return ended


def raising(task: str, reason: str):
    """A misdeed: the entry raises by itself in that task, and the child goes on."""
    return lambda asked, _spec: {"event": "failed", "reason": reason} if asked == task else None


__all__ = ["Machine", "Memory", "Told", "failing", "raising", "replace", "suite_of"]
