"""One comparison of two functions by the engine's own protocol, as a user's run would make it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench_service.analysis.statistics import Estimate, mean_over_processes, p_different
from bench_service.analysis.verdict import SMALLEST_OF_INTEREST, Verdict, decide
from bench_service.errors import MeasurementError
from bench_service.result import ChildResult, Conditions, EntryBlocks, Role
from bench_service.suite import TimingSuite
from bench_service.timing.events import Ask, child_parts
from bench_service.timing.probing import probe_group
from bench_service.timing.schedule import GroupState, Limits, calibrated, silence_limit_s
from bench_service.timing.spec import ALIAS_LABEL, REFERENCE_LABEL, EntrySpec, GroupSpec

UNKNOWN = Estimate(math.nan, math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Comparison:
    """What the engine says of one entry against the reference."""

    label: str
    log_ratio: Estimate
    aa: Estimate
    p_value: float
    verdict: Verdict
    """Without adjustment: a family of one."""


def comparison_spec(
    conditions: Conditions, reference: str, entries: Sequence[tuple[str, str]], seed: int
) -> GroupSpec:
    """A group of (label, activation) against a reference, which is in every round twice."""
    return GroupSpec(
        conditions,
        (
            *(EntrySpec(label, Role.CASE, activation) for label, activation in entries),
            EntrySpec(REFERENCE_LABEL, Role.REFERENCE, reference),
            EntrySpec(ALIAS_LABEL, Role.ALIAS, reference),
        ),
        seed=seed,
    )


def prepare(ask: Ask, spec: GroupSpec, timing: TimingSuite) -> GroupState:
    """The group, probed and with its block sizes frozen; MeasurementError where a probe fails."""
    probes = probe_group(lambda wanted: ask("probe", wanted, Limits().probe_s), spec)
    reasons = [probe.reason for probe in probes.values() if probe.reason]
    if reasons:
        raise MeasurementError("The self-test can't be measured.", got=reasons[0])
    return GroupState(calibrated(spec, probes, timing))


def measure_child(ask: Ask, state: GroupState, timing: TimingSuite) -> None:
    """Fork one more child and take its rounds into account."""
    spec = state.next_spec()
    stored: list[tuple[EntryBlocks, ...]] = []
    parent = ""
    for part in child_parts(ask("measure", spec, silence_limit_s(timing)), spec):
        if not isinstance(part, ChildResult):
            raise MeasurementError("A child of the self-test failed.", got=part.reason)
        stored.append(part.blocks)
        parent = str(part.facts.get("parent", ""))
    state.add(spec.process_ix, stored, parent)


def compared(state: GroupState, first: int = 0, last: int | None = None) -> list[Comparison]:
    """The comparisons of all cases of a group, from its children ``first`` to before ``last``."""
    views = state.views[first:last]

    def estimate(label: str, references: tuple[str, ...]) -> Estimate:
        values = np.array([view.log_ratio(label, references) for view in views])
        known = ~np.isnan(values)  # a child may have been disturbed throughout
        parents = [view.parent for view, is_known in zip(views, known, strict=True) if is_known]
        return mean_over_processes(values[known], parents) if known.any() else UNKNOWN

    aa = estimate(ALIAS_LABEL, (REFERENCE_LABEL,))
    noise = 0.0 if math.isnan(aa.low) else max(abs(aa.low), abs(aa.high))
    margin = max(SMALLEST_OF_INTEREST, noise)
    found = []
    for entry in state.spec.entries:
        if entry.role == Role.CASE:
            log_ratio = estimate(entry.label, (REFERENCE_LABEL, ALIAS_LABEL))
            p_value = p_different(log_ratio)
            verdict = decide(log_ratio, p_value, margin)
            found.append(Comparison(entry.label, log_ratio, aa, p_value, verdict))
    return found


def with_seed(spec: GroupSpec, seed: int) -> GroupSpec:
    """The same group with another seed."""
    return replace(spec, seed=seed)


def detectable(estimate: Estimate) -> float:
    """The smallest difference found in 80 % of repeats, as a share: (1.96 + 0.84) standard errors.

    Cohen 1988, Statistical Power Analysis, at a two-sided level of 5 %.
    """
    return math.expm1(2.8 * estimate.standard_error)
