"""What pytest-benchmark measured, as rows of the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bench_service.pytest_plugin.plain import document
from bench_service.record import CiBenchmark

MOST_ROUNDS = 10_000
"""Rounds kept of a benchmark."""

NS_PER_SECOND = 1e9


class Measured(Protocol):
    """A benchmark as pytest-benchmark keeps it until the session ends."""

    fullname: str

    def __bool__(self) -> bool:
        """True where it has rounds."""
        ...

    @property
    def has_error(self) -> bool:
        """True where the benchmarked call raised."""
        ...

    def as_dict(self, *, include_data: bool, flat: bool, stats: bool) -> dict[str, Any]:
        """The benchmark as one entry of ``--benchmark-json``; times in seconds."""
        ...


def documents(measured: Iterable[Measured], unfit: set[str]) -> dict[str, dict[str, Any]]:
    """The benchmarks by full name, without those that raised or whose test didn't pass.

    A wrong function gets no time. Where a test ran several times, its last run stands.
    """
    return {
        one.fullname: one.as_dict(include_data=True, flat=False, stats=True)
        for one in measured
        if one and not one.has_error and one.fullname not in unfit
    }


def row(benchmark: Mapping[str, Any]) -> CiBenchmark:
    """A row of the store: raw rounds in ns; the statistics as they are, over all rounds, in s."""
    stats = dict(benchmark["stats"])
    rounds_s, iterations = stats.pop("data"), int(stats.pop("iterations"))
    return CiBenchmark(
        name=benchmark["name"],
        fullname=benchmark["fullname"],
        group_name=benchmark["group"] or "",
        parameters=document(benchmark["params"]),
        extra_info=document(benchmark["extra_info"]),
        n_rounds=len(rounds_s),
        iterations=iterations,
        times_ns=evenly(np.asarray(rounds_s, dtype=np.float64) * NS_PER_SECOND, MOST_ROUNDS),
        stats=document(stats),
    )


def evenly(values: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.float64]:
    """All values, or ``most`` of them at even distances in time, the first and last among them.

    Not the first so many: what drifted in the course of the session would be lost.
    """
    if len(values) <= most:
        return values
    return values[np.linspace(0, len(values) - 1, most).round().astype(np.intp)]


def options_of(benchmarks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """How was measured: the options that all benchmarks share, and by full name what differs."""
    asked = {name: document(benchmark["options"]) for name, benchmark in benchmarks.items()}
    first = next(iter(asked.values()), {})
    shared = {
        key: value
        for key, value in first.items()
        if all(key in one and one[key] == value for one in asked.values())
    }
    own = {
        name: {key: value for key, value in one.items() if key not in shared}
        for name, one in asked.items()
    }
    return {"options": shared, "options_of": {name: rest for name, rest in own.items() if rest}}
