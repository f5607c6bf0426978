"""quick: how long it takes, how precise it is, and what engine and store take beside the blocks."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench_service import api
from bench_service.record import Recorder
from bench_service.result import CaseOutcome, ChildResult, TimingCase
from bench_service.suite import load_suite
from bench_service.timing.stopwatch import N_PRIMING_CALLS
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
    with tempfile.TemporaryDirectory() as folder:
        url = str(Path(folder) / "cost.db")
        started = time.perf_counter()
        with StoringTime() as storing:
            run = api.run(load_suite(given.suite), db=url, seed=1)
        wall_s = time.perf_counter() - started
        with open_store(url, read_only=True) as store:
            blocks = queries.timing_blocks(store, run.uid)
            processes = queries.timing_processes(store, run.uid)
    timed_s = sum(float(wall.sum()) for wall in blocks["wall_ns"]) / 1e9
    primed_s = (
        sum(
            N_PRIMING_CALLS * float(wall.sum()) / n
            for wall, n in zip(blocks["wall_ns"], blocks["n_calls"], strict=True)
        )
        / 1e9
    )
    rounds_s = sum(facts["rounds_ns"] for facts in processes["facts"]) / 1e9
    set_up_s = sum(facts["set_up_ns"] for facts in processes["facts"]) / 1e9
    ratios = run.timing
    half_widths = np.log(ratios["ratio_high"] / ratios["ratio_low"]) / 2
    storing_ms_per_100_ms = 1e3 * storing.seconds / (rounds_s * 10)
    return {
        "wall_s": wall_s,
        "n_cases": len(ratios),
        "n_children": len(processes),
        "median_half_width": float(half_widths.median()),
        "timed_s": timed_s,
        "blocks_with_priming_of_wall": (timed_s + primed_s) / wall_s,
        "priming_s": primed_s,
        "rounds_s": rounds_s,
        "set_up_s": set_up_s,
        "beside_blocks_in_rounds": 1 - (timed_s + primed_s) / rounds_s,
        "beside_rounds_of_wall": 1 - (rounds_s + set_up_s) / wall_s,
        "storing_ms_per_100_ms_measured": storing_ms_per_100_ms,
        "met": bool(
            wall_s <= 60
            and half_widths.median() <= 0.025
            and storing_ms_per_100_ms <= 1.0
            and (timed_s + primed_s) / wall_s >= 0.8
        ),
    }
