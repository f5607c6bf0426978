"""A known slow-down: found in at least 90, 99 and 100 % of trials, the sign never wrong.

The slower function is ReLU called 51 times where ReLU is called 50 times (21 and 20, 11 and 10),
and its time is divided by 50: the same call, loop and memory, and a ratio that is known exactly.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.verdict import Verdict
from bench_service.result import ChildResult, Conditions, EntryBlocks, Pass, Role
from bench_service.selftest.comparison import compared, comparison_spec, prepare
from bench_service.selftest.diagnosis import Rate
from bench_service.suite import TimingSuite
from bench_service.timing.events import Ask, child_parts
from bench_service.timing.forker_client import Forker
from bench_service.timing.schedule import GroupState, silence_limit_s
from benchmarks.disturbance import busy_neighbours

PAIRS = {"2 %": (50, 51), "5 %": (20, 21), "10 %": (10, 11)}
BARS = {"2 %": 0.90, "5 %": 0.99, "10 %": 1.0}
TIMING = TimingSuite(child_ms=25, max_rounds=40)
CHILDREN = 20
CONDITIONS = Conditions("cpu-eager", Pass.FORWARD.value, "float32", 1024)


@dataclass
class Trial:
    """One comparison with a known answer."""

    truth: float
    n_calls: int
    """Calls that the slower entry's time is divided by."""
    state: GroupState
    seconds: float

    def measure_child(self, ask: Ask) -> None:
        """Fork one more child; the time counts."""
        started = time.monotonic()
        spec = self.state.next_spec()
        stored = []
        for part in child_parts(ask("measure", spec, silence_limit_s(TIMING)), spec):
            if not isinstance(part, ChildResult):
                raise TypeError(f"a child failed: {part.reason}")
            stored.append(tuple(self._divided(block) for block in part.blocks))
        self.state.add(spec.process_ix, stored)
        self.seconds += time.monotonic() - started

    def _divided(self, block: EntryBlocks) -> EntryBlocks:
        return replace(block, n_calls=self.n_calls) if block.role == Role.CASE else block


def new_trial(ask: Ask, few: int, many: int, seed: int) -> Trial:
    """A trial whose blocks hold whole multiples of ``few`` and ``many`` calls."""
    started = time.monotonic()
    state = prepare(ask, comparison_spec(CONDITIONS, "relu", [("slower", "relu")], seed), TIMING)
    times = max(1, round(state.spec.entries[0].n_calls / few))
    entries = tuple(
        replace(entry, n_calls=times * (many if entry.role == Role.CASE else few))
        for entry in state.spec.entries
    )
    state.spec = replace(state.spec, entries=entries)
    return Trial(math.log(many / few), times * few, state, time.monotonic() - started)


def measure(n_trials: int, seed: int, *, busy: bool) -> list[dict[str, Any]]:
    """A row a trial; all trials take turns, as the groups of a run do."""
    with Forker() as forker, busy_neighbours(busy):
        trials = {
            name: [new_trial(forker.ask, *pair, seed + i) for i in range(n_trials)]
            for name, pair in PAIRS.items()
        }
        for _ in range(CHILDREN):
            for same in trials.values():
                for trial in same:
                    trial.measure_child(forker.ask)
    return [_row(name, trial) for name, same in trials.items() for trial in same]


def _row(pair: str, trial: Trial) -> dict[str, Any]:
    found = compared(trial.state)[0]
    return {
        "pair": pair,
        "truth": trial.truth,
        "value": found.log_ratio.value,
        "low": found.log_ratio.low,
        "high": found.log_ratio.high,
        "verdict": found.verdict.value,
        "seconds": trial.seconds,
    }


def figures_of(trials: pd.DataFrame) -> dict[str, Any]:
    """What was found in the trials of one pair."""
    truth = trials["truth"]
    held = Rate.of(((trials["low"] <= truth) & (truth <= trials["high"])).tolist())
    errors = trials["value"] - truth
    return {
        "n": len(trials),
        "found": float((trials["verdict"] == Verdict.SLOWER).mean()),
        "wrong_sign": int((trials["verdict"] == Verdict.FASTER).sum()),
        "truth_inside": held.value,
        "truth_inside_95": [held.low, held.high],
        "bias": float(errors.mean()),
        "rms_error": float(np.sqrt((errors**2).mean())),
        "median_half_width": float(((trials["high"] - trials["low"]) / 2).median()),
        "median_seconds": float(trials["seconds"].median()),
        "max_seconds": float(trials["seconds"].max()),
    }


def main(arguments: list[str]) -> dict[str, Any]:
    """The figures, quiet and with a busy neighbour on each core."""
    parser = argparse.ArgumentParser(prog="power")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("quiet", "busy"))
    parser.add_argument(
        "--keep", type=Path, help="add the trials to this file, and count those it holds"
    )
    given = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    if given.keep and given.keep.exists():
        rows = [json.loads(line) for line in given.keep.read_text().splitlines()]
    for index, state in enumerate(("quiet", "busy")):
        if given.only in (None, state):
            n_kept = sum(row["state"] == state for row in rows) // len(PAIRS)
            seed = given.seed + 10_000 * index + n_kept
            measured = measure(given.trials, seed, busy=state == "busy")
            rows += [{"state": state, **row} for row in measured]
    if given.keep:
        given.keep.write_text("".join(json.dumps(row) + "\n" for row in rows))
    states: dict[str, Any] = {
        str(state): {str(pair): figures_of(same) for pair, same in trials.groupby("pair")}
        for state, trials in pd.DataFrame(rows).groupby("state")
    }
    all_figures = [(pair, f) for state in states.values() for pair, f in state.items()]
    inside = float(np.mean([f["truth_inside"] for _, f in all_figures]))
    met = all(
        f["found"] >= BARS[pair] and f["wrong_sign"] == 0 and f["median_seconds"] <= 2
        for pair, f in all_figures
    )
    return {**states, "truth_inside_all": inside, "met": met and 0.93 <= inside <= 0.97}
