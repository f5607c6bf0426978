"""Before any time is taken: every group is probed, unless an earlier attempt has done that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bench_service.execution.children import Children
from bench_service.execution.naming import describe
from bench_service.execution.protocols import Progress
from bench_service.execution.tally import Tally
from bench_service.planning import Group
from bench_service.result import Role
from bench_service.suite import TimingSuite
from bench_service.timing.probing import probe_group
from bench_service.timing.schedule import GroupState, Limits, calibrated
from bench_service.timing.spec import group_of


@dataclass(frozen=True)
class Preparing:
    """Makes groups ready to be measured."""

    children: Children
    tally: Tally
    progress: Progress
    suite: TimingSuite
    seed: int
    limits: Limits
    resumed: Mapping[str, GroupState]

    def state_of(self, group: Group) -> GroupState:
        """The state of a group that may be measured; what was found of its entries is stored."""
        earlier = self.resumed.get(group.conditions.fingerprint)
        if earlier is not None:
            kept = {entry.label for entry in earlier.spec.entries if entry.role == Role.CASE}
            self.tally.resume(group, kept)
            return earlier
        self.progress.now("checking", describe(group))
        spec = replace(group_of(group.conditions, group.cases), seed=self.seed)
        limit_s = self.limits.probe_s
        probes = probe_group(lambda asked: self.children.events("probe", asked, limit_s), spec)
        self.tally.probed(group, probes)
        return GroupState(calibrated(spec, probes, self.suite))
