"""The choice that all pages share: hardware, then a run, then what a comparison holds fixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.answers import middle
from dashboard.bar import WIDE, Bar
from dashboard.dimensions import DIMENSIONS, Dimension, ordered
from dashboard.kinds import Place
from dashboard.runs import Run, machines

STATE = "chosen"
"""Where a page finds the choice that the frame around it made."""


@dataclass(frozen=True)
class Chosen:
    """The choice, and the run's cases."""

    hardware: str
    fingerprint: str
    run: Run
    timing: pd.DataFrame
    """All timing cases of the run."""
    shared: dict[str, Any]
    """The value of every dimension."""
    numel: int
    labels: tuple[str, ...]
    """The activations to show; empty means all."""

    def rows(self, *, but: Sequence[str] = ()) -> pd.DataFrame:
        """The cases of the chosen activations that share the chosen values, at all sizes.

        ``but`` names dimensions that may vary.
        """
        keep = pd.Series(data=True, index=self.timing.index)
        for column, value in self.shared.items():
            if column not in but:
                keep &= self.timing[column] == value
        if self.labels:
            keep &= self.timing["label"].isin(self.labels)
        return self.timing.loc[keep]

    def address(self) -> str:
        """The query that leads to this choice, with nothing left to defaults."""
        named: dict[str, Any] = {
            each.column: each.name(self.shared[each.column]) for each in DIMENSIONS
        }
        fixed = {"hardware": self.hardware, "run": self.run.name, "size": f"{self.numel:,}"}
        return urlencode({**fixed, **named, "activations": list(self.labels)}, doseq=True)

    def held(self, *more: str) -> str:
        """What a chart holds fixed, for its subtitle."""
        shown = [DIMENSIONS[0], DIMENSIONS[1], DIMENSIONS[3]]
        return " · ".join([*more, *(each.name(self.shared[each.column]) for each in shown)])


def current() -> Chosen:
    """The choice of the frame around a page about timings."""
    chosen: Chosen = st.session_state[STATE]
    return chosen


def machine(bar: Bar, found: pd.DataFrame) -> tuple[str, str]:
    """The hardware by name, with its fingerprint: the first choice, by default the newest."""
    by_name = machines(found)
    name = bar.pick("Hardware", list(by_name), "hardware", width=WIDE)
    return name, by_name[name]


def run(bar: Bar, found: Sequence[Run], count: Callable[[Run], int]) -> Run:
    """The run by name: by default the newest whole one that has some of what is counted.

    Else the newest that has some, or has anything.
    """
    by_name = {each.name: each for each in found}
    best = max(found, key=lambda each: _fitness(each, count))  # the first, and so newest, of equals
    index = list(found).index(best)
    name = bar.pick("Run", list(by_name), "run", index=index, width=WIDE, is_default_of_page=True)
    return by_name[name]


def _fitness(run: Run, count: Callable[[Run], int]) -> tuple[bool, bool, bool]:
    return run.is_whole and count(run) > 0, count(run) > 0, run.n_cases > 0


def shared_by(
    bar: Bar, rows: pd.DataFrame, dimensions: Sequence[Dimension]
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Every dimension's value, and the rows that have them; only real choices are drawn."""
    shared = dict[str, Any]()
    for each in dimensions:
        options = ordered(list(rows[each.column].unique()), each.preferred)
        shared[each.column] = options[0]
        if len(options) > 1:
            shared[each.column] = bar.pick(
                each.label,
                options,
                each.column,
                each.name,
                is_default_of_page=each.is_default_of_page,
            )
        else:
            bar.check(each.column, [each.name(option) for option in options])
        rows = rows.loc[rows[each.column] == shared[each.column]]
    return shared, rows


def of_timings(bar: Bar, place: Place, timing: pd.DataFrame) -> Chosen:
    """The choice among timings: every dimension's value, the size and the activations."""
    shared, left = shared_by(bar, timing, DIMENSIONS)
    sizes = sorted(int(size) for size in left["numel"].unique())
    at = sizes.index(middle(sizes))
    numel = bar.pick("Size (elements)", sizes, "size", "{:,}".format, index=at)
    labels = bar.pick_some("Activations", sorted(timing["label"].unique()), "activations")
    return Chosen(place.hardware, place.fingerprint, place.run, timing, shared, numel, labels)
