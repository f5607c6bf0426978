"""A stored run as it is handed to users: what is known of it, and its results, analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench_service.result import RunStatus

if TYPE_CHECKING:
    import pandas as pd

    from db.session import Store


@dataclass(frozen=True, repr=False, eq=False)
class LoadedRun:
    """A stored run: what is known of it, and its results as DataFrames.

    ``timing`` has one row a case that was asked for, with the columns of
    ``bench_service.analysis.timing.COLUMNS``. ``training`` has one row a slice that was trained,
    with the columns of ``db.queries.training_slices``. ``benchmarks`` has one row a benchmark of a
    test session that pytest-benchmark measured, and none for other runs.
    """

    header: Mapping[str, Any]
    environment: Mapping[str, Mapping[str, Any]]
    timing: pd.DataFrame
    training: pd.DataFrame
    benchmarks: pd.DataFrame

    @property
    def uid(self) -> str:
        """The run's id."""
        return str(self.header["uid"])

    @property
    def status(self) -> RunStatus:
        """What became of the run; one whose process has ended without a word was interrupted."""
        return RunStatus(self.header["status"])

    @property
    def is_test_session(self) -> bool:
        """True for what CI recorded: results of pytest-benchmark, and perhaps timing cases."""
        return bool(self.header["trigger"] == "ci")

    def __repr__(self) -> str:
        label = f" ({self.header['label']})" if self.header["label"] else ""
        h = self.header
        counts = f"{h['n_ok']} ok, {h['n_failed']} failed, {h['n_skipped']} skipped"
        if self.is_test_session:
            counts += f", {len(self.benchmarks)} benchmarks"
        return f"<Run {self.uid}{label}, suite {h['suite']}, {self.status.value}: {counts}>"


def load_from(store: Store, uid: str) -> LoadedRun:
    """The run of that id in an open store."""
    from bench_service.analysis.timing import summarise
    from db import queries

    timing = summarise(
        queries.timing_outcomes(store, uid),
        queries.timing_blocks(store, uid),
        queries.timing_processes(store, uid),
    )
    return LoadedRun(
        queries.run_header(store, uid),
        queries.environment(store, uid),
        timing,
        queries.training_slices(store, uid),
        queries.ci_benchmarks(store, uid),
    )
