"""A diagnosis of the instrument on this machine: false positives, resolution, disturbances."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import psutil
from scipy import stats

from bench_service.analysis.verdict import Verdict
from bench_service.environment import Environment
from bench_service.errors import MeasurementError
from bench_service.result import Conditions, Pass
from bench_service.selftest.comparison import (
    Comparison,
    compared,
    comparison_spec,
    detectable,
    measure_child,
    prepare,
)
from bench_service.suite import TimingSuite
from bench_service.timing.counters import steal_ns
from bench_service.timing.events import Ask
from bench_service.timing.schedule import GroupState

NUMELS = (1024, 65536)
N_ALIASES = 5
CHILDREN_PER_COMPARISON = 10
TIMING = TimingSuite(child_ms=40, max_rounds=30)
BUSY_LOAD = 0.5
STEAL_THAT_MATTERS = 0.01


@dataclass(frozen=True)
class Rate:
    """A share of comparisons with Wilson's 95 % interval."""

    n: int
    n_hits: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share."""
        return self.n_hits / self.n

    @classmethod
    def of(cls, hits: list[bool]) -> Rate:
        """The rate of hits; needs at least one comparison."""
        test = stats.binomtest(sum(hits), len(hits))
        interval = test.proportion_ci(0.95, method="wilson")
        return cls(len(hits), sum(hits), float(interval.low), float(interval.high))


@dataclass(frozen=True)
class Diagnosis:
    """What the instrument found out about itself here."""

    called_different: Rate
    """ReLU against itself: a verdict of faster or slower."""
    excluded_one: Rate
    """ReLU against itself: 1 outside the 95 % interval; 5 % is what an honest interval does."""
    detectable_share: float
    """The smallest difference that 20 children find in 80 % of cases, for ReLU against itself."""
    disturbed_share: float
    steal_share: float
    load_before: float
    warnings: tuple[str, ...]


def diagnose(
    ask: Ask,
    environment: Environment,
    *,
    seed: int,
    repeats: int = 2,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Diagnosis:
    """The diagnosis of this machine; ``repeats`` times 20 comparisons of ReLU with itself."""
    load = psutil.getloadavg()[0]
    stolen = steal_ns() or 0
    times = psutil.cpu_times()
    groups = [
        Conditions("cpu-eager", pass_name.value, "float32", numel)
        for pass_name in (Pass.FORWARD, Pass.BACKWARD)
        for numel in NUMELS
    ]
    aliases = [(f"relu again {index}", "relu") for index in range(N_ALIASES)]
    states = [prepare(ask, comparison_spec(c, "relu", aliases, seed), TIMING) for c in groups]
    total = repeats * CHILDREN_PER_COMPARISON
    for done in range(total):
        for state in states:
            measure_child(ask, state, TIMING)
        on_progress(done + 1, total)
    found: list[Comparison] = []
    for state in states:
        for first in range(0, total, CHILDREN_PER_COMPARISON):
            some = compared(state, first, first + CHILDREN_PER_COMPARISON)
            found += [one for one in some if not math.isnan(one.log_ratio.low)]
    if not found:
        raise MeasurementError(
            "The self-test has no result: the machine disturbed nearly every block.",
            next_step="try again when less is running here",
        )
    busy = _busy_seconds(times)
    stolen_share = ((steal_ns() or 0) - stolen) / 1e9 / max(busy, 1e-9)
    disturbed = float(np.mean([_disturbed(state) for state in states]))
    different = (Verdict.FASTER, Verdict.SLOWER)
    all_children = [c for state in states for c in compared(state)]
    return Diagnosis(
        Rate.of([c.verdict in different for c in found]),
        Rate.of([not c.log_ratio.low <= 0 <= c.log_ratio.high for c in found]),
        float(np.median([detectable(c.log_ratio) for c in all_children])),
        disturbed,
        stolen_share,
        load,
        tuple(_warnings(environment, load, stolen_share)),
    )


def _busy_seconds(before: psutil._ntuples.scputimes) -> float:
    now = psutil.cpu_times()
    spent = [getattr(now, name) - getattr(before, name) for name in ("user", "system")]
    return float(sum(spent))


def _disturbed(state: GroupState) -> float:
    flags = [~clean for view in state.views for clean in view.is_clean.values()]
    warm_up = state.spec.n_warm_up / (state.spec.n_warm_up + state.spec.n_rounds)
    return max(0.0, float(np.concatenate(flags).mean()) - warm_up)


def _warnings(environment: Environment, load: float, steal_share: float) -> list[str]:
    hardware, software = environment.hardware, environment.software
    found = []
    if load > BUSY_LOAD:
        found.append(f"the load was {load:.1f} before anything was measured: others are at work")
    if steal_share > STEAL_THAT_MATTERS:
        found.append(f"the hypervisor gave {steal_share:.0%} of the busy time to others")
    if hardware["is_virtual"]:
        found.append("this is a virtual machine: what its neighbours do isn't visible from inside")
    governor = software["governor"]
    if governor and governor != "performance":
        found.append(f"the CPU's frequency follows the load (governor {governor!r})")
    if not governor:
        found.append("the CPU's frequency can't be read or set here")
    quota = software["cpu_quota"]
    if quota and not quota.startswith("max"):
        found.append(f"a control group limits the CPU time ({quota})")
    for name, value in software["variables"].items():
        found.append(f"{name}={value} is set in the environment")
    return found
