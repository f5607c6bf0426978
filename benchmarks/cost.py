"""quick: how long it takes, how precise it is, and what engine and store take beside the blocks."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench_service import api
from bench_service.record import Recorder
from bench_service.result import CaseOutcome, ChildResult, TimingCase
from bench_service.suite import load_suite
from db import queries
from db.session import open_store


class StoringTime:
    """Adds up the time that the recorder takes, by standing in front of it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._child, self._outcomes = Recorder.child, Recorder.outcomes

    def __enter__(self) -> StoringTime:
        timer = self

        def child(
            recorder: Recorder, uid: str, part: ChildResult, cases: Mapping[str, TimingCase]
        ) -> bool:
            started = time.perf_counter()
            stored = timer._child(recorder, uid, part, cases)
            timer.seconds += time.perf_counter() - started
            return stored

        def outcomes(recorder: Recorder, uid: str, rows: Sequence[CaseOutcome]) -> None:
            started = time.perf_counter()
            timer._outcomes(recorder, uid, rows)
            timer.seconds += time.perf_counter() - started

        Recorder.child, Recorder.outcomes = child, outcomes  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        Recorder.child, Recorder.outcomes = self._child, self._outcomes  # type: ignore[method-assign]


def main(arguments: list[str]) -> dict[str, Any]:
    """The figures of one run."""
    parser = argparse.ArgumentParser(prog="cost")
    parser.add_argument("--suite", default="quick")
    given = parser.parse_args(arguments)
    suite = load_suite(given.suite).model_copy(update={"training": None})
    with tempfile.TemporaryDirectory() as folder:
        url = str(Path(folder) / "cost.db")
        started = time.perf_counter()
        with StoringTime() as storing:
            run = api.run(suite, db=url, seed=1)
        wall_s = time.perf_counter() - started
        with open_store(url, read_only=True) as store:
            blocks = queries.timing_blocks(store, run.uid)
            processes = queries.timing_processes(store, run.uid)
    from bench_service.planning import expected_seconds  # torch: a run's wall time holds its import

    found = figures_of(run.timing, blocks, processes, wall_s, storing.seconds)
    return {"expected_s": expected_seconds(api.plan(suite)), **found}


def figures_of(
    timing: pd.DataFrame,
    blocks: pd.DataFrame,
    processes: pd.DataFrame,
    wall_s: float,
    storing_s: float,
) -> dict[str, Any]:
    """Where a run's seconds went; blocks are counted with the calls that prime them."""
    timed_s = sum(float(wall.sum()) for wall in blocks["wall_ns"]) / 1e9
    priming_s, rounds_s, set_up_s = (
        sum(facts[name] for facts in processes["facts"]) / 1e9
        for name in ("priming_ns", "rounds_ns", "set_up_ns")
    )
    began = processes["started_at"].map(lambda moment: moment.timestamp())
    last = processes["facts"].iloc[int(began.argmax())]
    measuring_s = began.max() - began.min() + (last["set_up_ns"] + last["rounds_ns"]) / 1e9
    half_width = float(np.median(np.log(timing["ratio_high"] / timing["ratio_low"]) / 2))
    storing_ms_per_100_ms = 1e3 * storing_s / (rounds_s * 10)
    blocks_s = timed_s + priming_s
    return {
        "wall_s": wall_s,
        "from_first_child_to_last_s": measuring_s,
        "n_cases": len(timing),
        "n_children": len(processes),
        "median_half_width": half_width,
        "timed_s": timed_s,
        "priming_s": priming_s,
        "rounds_s": rounds_s,
        "set_up_s": set_up_s,
        "storing_s": storing_s,
        "blocks_of_wall": blocks_s / wall_s,
        "blocks_from_first_child_to_last": blocks_s / measuring_s,
        "blocks_of_rounds": blocks_s / rounds_s,
        "storing_ms_per_100_ms_measured": storing_ms_per_100_ms,
        "met": bool(
            wall_s <= 60
            and half_width <= 0.025
            and storing_ms_per_100_ms <= 1.0
            and blocks_s / wall_s >= 0.8
        ),
    }
