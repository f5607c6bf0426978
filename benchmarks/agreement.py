"""torch.utils.benchmark as one more entry of each round: within 3 % or 100 ns in 95 % of cells.

The same call on the same buffers stands in each round twice, timed by our stopwatch and by
``torch.utils.benchmark.Timer.timeit``, so that only the two clocks and loops differ.
"""

from __future__ import annotations

import argparse
import multiprocessing
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import torch.fx.experimental.symbolic_shapes
from torch.utils.benchmark import Timer

from bench_service.analysis.pairing import view_process
from bench_service.planning import Group, make_plan
from bench_service.result import EntryBlocks, Role
from bench_service.suite import load_suite
from bench_service.timing.calibrate import calls_per_block, time_call_ns
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds
from bench_service.timing.spec import group_of
from bench_service.timing.stopwatch import BlockReading, Call, HostStopwatch
from bench_service.timing.workbench import Workbench

TOLERANCE, TOLERANCE_NS = 0.03, 100.0
BAR = 0.95
PLAN = RoundPlan(n_rounds=20, n_warm_up=2)
THEIRS = "torch.utils.benchmark: "


@dataclass(frozen=True)
class Theirs:
    """A call to be timed by torch.utils.benchmark."""

    call: Call

    def __call__(self) -> object:
        """What the call returns."""
        return self.call()


class BothStopwatches(HostStopwatch):
    """Ours, except for calls that ask for the other one."""

    def time(self, call: Call, n_calls: int) -> BlockReading:
        """The reading of a block by whichever stopwatch the call asks for."""
        if not isinstance(call, Theirs):
            return super().time(call, n_calls)
        timer = Timer("call()", globals={"call": call.call}, num_threads=1)
        return BlockReading(wall_ns=round(timer.timeit(n_calls).raw_times[0] * 1e9))


def _measure(group: Group, seed: int, out: Connection) -> None:
    # With the allocator kept warm: page faults come and go with what else a process allocates,
    # and building a Timer allocates.
    conditions = replace(group.conditions, condition="arena")
    bench = Workbench.set_up(replace(group_of(conditions, group.cases), seed=seed), seed)
    entries = []
    for spec in bench.spec.entries:
        if spec.role == Role.CASE:
            call = bench.call(spec)
            n_calls = calls_per_block(time_call_ns(call, HostStopwatch()))
            entries.append(Entry(spec.label, spec.role, call, n_calls))
            entries.append(Entry(THEIRS + spec.label, spec.role, Theirs(call), n_calls))
    random = np.random.default_rng(seed)
    (blocks,) = measure_rounds(entries, PLAN, BothStopwatches(), random)
    out.send(blocks)


def measure(group: Group, n_children: int) -> list[dict[str, Any]]:
    """One row a cell: our time of a call in ns, and the ratio of theirs to ours."""
    context = multiprocessing.get_context("fork")
    times: dict[str, list[tuple[float, float]]] = {}
    for seed in range(n_children):
        ours, theirs = context.Pipe(duplex=False)
        child = context.Process(target=_measure, args=(group, seed, theirs))
        child.start()
        blocks: tuple[EntryBlocks, ...] = ours.recv()
        child.join()
        view = view_process(seed, {b.label: (b.n_calls, b.wall_ns, b.flags) for b in blocks})
        for label in view.call_ns:
            if not label.startswith(THEIRS):
                ratio = view.log_ratio(THEIRS + label, (label,))
                times.setdefault(label, []).append((view.median_call_ns(label), ratio))
    rows = []
    for label, pairs in times.items():
        time_ns, log_ratio = np.median(pairs, axis=0)
        rows.append(
            {
                "cell": f"{label}, {group.conditions.pass_name}, {group.conditions.numel}",
                "time_ns": float(time_ns),
                "ratio": float(np.exp(log_ratio)),
                "difference_ns": float(time_ns * np.expm1(log_ratio)),
            }
        )
    return rows


def main(arguments: list[str]) -> dict[str, Any]:
    """The figures over the grid of a suite."""
    parser = argparse.ArgumentParser(prog="agreement")
    parser.add_argument("--suite", default="quick")
    parser.add_argument("--children", type=int, default=8)
    given = parser.parse_args(arguments)
    rows = [
        row
        for group in make_plan(load_suite(given.suite)).groups
        for row in measure(group, given.children)
    ]
    agrees = [
        abs(row["ratio"] - 1) <= TOLERANCE or abs(row["difference_ns"]) <= TOLERANCE_NS
        for row in rows
    ]
    apart = [row for row, ok in zip(rows, agrees, strict=True) if not ok]
    return {
        "n_cells": len(rows),
        "agreeing": float(np.mean(agrees)),
        "median_ratio": float(np.median([row["ratio"] for row in rows])),
        "apart": apart,
        "met": bool(np.mean(agrees) >= BAR),
    }


_ = torch.fx.experimental.symbolic_shapes  # imported before the forks: the first gradient needs it
