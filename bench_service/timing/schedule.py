"""How many rounds a child does, and when a group has had enough children."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from bench_service.analysis.pairing import ProcessView, view_process
from bench_service.analysis.statistics import mean_over_processes
from bench_service.result import EntryBlocks, EntryProbe, Role
from bench_service.suite import TimingSuite
from bench_service.timing.fitting import fitting_rounds
from bench_service.timing.spec import ALIAS_LABEL, REFERENCE_LABEL, GroupSpec

# A child that takes longer than this hands its rounds over in parts, so that a kill costs less.
PART_NS = 5e8
SILENCE_S = 30.0
SILENCE_FACTOR = 20.0
MAX_FAILED_IN_ROW = 3


def calibrated(spec: GroupSpec, probes: Mapping[str, EntryProbe], timing: TimingSuite) -> GroupSpec:
    """The group with its block sizes and round counts, without entries that were refused.

    Frozen for the whole run, so that children match.
    """
    entries = tuple(
        replace(entry, n_calls=probes[entry.label].n_calls)
        for entry in spec.entries
        if entry.label in probes and probes[entry.label].n_calls
    )
    blocks = ((entry.n_calls, probes[entry.label].call_time_ns) for entry in entries)
    rounds = fitting_rounds(blocks, timing)
    is_long = rounds.total_ns > 2 * PART_NS
    return replace(
        spec,
        entries=entries,
        n_rounds=rounds.n_measured,
        n_warm_up=rounds.n_warm_up,
        rounds_per_part=max(1, math.ceil(PART_NS / rounds.round_ns)) if is_long else 0,
    )


@dataclass(frozen=True)
class Limits:
    """How long children may say nothing before they are taken for dead, in s."""

    probe_s: float = 60.0
    measure_s: float = SILENCE_S
    """Beside the time that its rounds should take, many times over."""

    def of_rounds(self, timing: TimingSuite) -> float:
        """The limit of a measuring child."""
        return self.measure_s + SILENCE_FACTOR * timing.child_ms / 1e3


def silence_limit_s(timing: TimingSuite) -> float:
    """How long a measuring child may say nothing before it is taken for dead."""
    return Limits().of_rounds(timing)


@dataclass
class GroupState:
    """A group in the course of a run: its frozen specification and what its children showed."""

    spec: GroupSpec
    views: list[ProcessView] = field(default_factory=list)
    next_process: int = 0
    is_finished: bool = False
    why_finished: str = ""

    n_failed_in_row: int = 0
    _blamed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """A group without ReLU twice, or without a case, has nothing to measure."""
        self._finish_if_empty()

    def next_spec(self) -> GroupSpec:
        """The specification of the next child, with a number of its own."""
        spec = replace(self.spec, process_ix=self.next_process)
        self.next_process += 1
        return spec

    def blame(self, label: str) -> bool:
        """True where an entry is blamed for the second time."""
        is_known = label in self._blamed
        self._blamed.add(label)
        return is_known

    def drop(self, label: str) -> None:
        """Go on without an entry; without ReLU or a case there is nothing to go on with."""
        self.spec = self.spec.without({label})
        self._finish_if_empty()

    def _finish_if_empty(self) -> None:
        left = {entry.label for entry in self.spec.entries}
        has_case = any(entry.role == Role.CASE for entry in self.spec.entries)
        if not has_case or not {REFERENCE_LABEL, ALIAS_LABEL} <= left:
            self.is_finished, self.why_finished = True, "nothing to measure"

    def end_child(self, reason: str = "") -> None:
        """Count a child that failed without a culprit; too many in a row end the group."""
        self.n_failed_in_row = self.n_failed_in_row + 1 if reason else 0
        if self.n_failed_in_row >= MAX_FAILED_IN_ROW:
            self.is_finished, self.why_finished = True, reason

    def has_measured(self, label: str) -> bool:
        """True where a child has times of an entry."""
        return any(label in view.call_ns for view in self.views)

    def add(
        self, process_ix: int, parts: Iterable[tuple[EntryBlocks, ...]], parent: str = ""
    ) -> None:
        """Take the rounds of a child into account, forked from ``parent``."""
        joined: dict[str, tuple[int, list[np.ndarray], list[np.ndarray]]] = {}
        for part in parts:
            for block in part:
                entry = joined.setdefault(block.label, (block.n_calls, [], []))
                entry[1].append(block.wall_ns)
                entry[2].append(block.flags)
        entries = {
            label: (n_calls, np.concatenate(wall), np.concatenate(flags))
            for label, (n_calls, wall, flags) in joined.items()
        }
        self.add_entries(process_ix, entries, parent)

    def add_entries(
        self,
        process_ix: int,
        entries: Mapping[str, tuple[int, np.ndarray, np.ndarray]],
        parent: str = "",
    ) -> None:
        """Take a child into account: label -> (n_calls, wall_ns, flags)."""
        if {REFERENCE_LABEL, ALIAS_LABEL} <= entries.keys():
            self.views.append(view_process(process_ix, entries, parent))

    def widest_half_width(self) -> float:
        """The largest half-width of a case's 95 % interval, as a log-ratio; inf if unknown."""
        widest = 0.0
        for entry in self.spec.entries:
            if entry.role != Role.CASE:
                continue
            known = [
                (ratio, view.parent)
                for view in self.views
                if entry.label in view.call_ns
                and not math.isnan(
                    ratio := view.log_ratio(entry.label, (REFERENCE_LABEL, ALIAS_LABEL))
                )
            ]
            if len(known) < 2:
                return math.inf
            ratios = np.array([ratio for ratio, _ in known])
            half_width = mean_over_processes(ratios, [p for _, p in known]).half_width
            widest = max(widest, half_width)
        return widest

    def look(self, timing: TimingSuite) -> None:
        """Finish the group where its intervals are narrow enough or its children used up.

        Looks come at fixed numbers of children, and ask for precision only: stopping at the first
        significant difference would find one in 15 % of comparisons of equals. Children that
        failed aren't counted.
        """
        n = len(self.views)
        if self.is_finished or n < timing.processes:
            return
        step = max(1, timing.processes // 4)
        if (n - timing.processes) % step == 0 and (
            self.widest_half_width() <= timing.target_half_width
        ):
            self.is_finished, self.why_finished = True, "precision"
        elif n >= max(timing.processes, timing.max_processes):
            self.is_finished, self.why_finished = True, "processes"
