"""The choice that all pages share: hardware, then a run, then what a comparison holds fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard import words
from dashboard.answers import middle
from dashboard.bar import WIDE, Bar
from dashboard.dimensions import DIMENSIONS, ordered
from dashboard.runs import Run

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
    """The choice of the frame around this page."""
    chosen: Chosen = st.session_state[STATE]
    return chosen


def machine(bar: Bar, found: pd.DataFrame) -> tuple[str, str]:
    """The hardware by name, with its fingerprint: the first choice, by default the newest."""
    prints = list(found["fingerprint"])
    names = words.unique(list(found["label"]), [each[:6] for each in prints])
    by_name = dict(zip(names, prints, strict=True))
    name = bar.pick("Hardware", names, "hardware", width=WIDE)
    return name, by_name[name]


def run(bar: Bar, found: Sequence[Run]) -> Run:
    """The run by name: by default the newest whole one, else the newest that has anything."""
    by_name = {each.name: each for each in found}
    whole = [index for index, each in enumerate(found) if each.is_whole]
    started = [index for index, each in enumerate(found) if each.n_cases]
    index = next(iter([*whole, *started, 0]))
    return by_name[bar.pick("Run", list(by_name), "run", index=index, width=WIDE)]


def scope(bar: Bar, timing: pd.DataFrame) -> tuple[dict[str, Any], int, tuple[str, ...]]:
    """Every dimension's value, the size and the activations; only real choices are drawn."""
    left, shared = timing, dict[str, Any]()
    for each in DIMENSIONS:
        options = ordered(list(left[each.column].unique()), each.preferred)
        shared[each.column] = options[0]
        if len(options) > 1:
            shared[each.column] = bar.pick(each.label, options, each.column, each.name)
        else:
            bar.check(each.column, [each.name(option) for option in options])
        left = left.loc[left[each.column] == shared[each.column]]
    sizes = sorted(int(size) for size in left["numel"].unique())
    at = sizes.index(middle(sizes))
    numel = bar.pick("Size (elements)", sizes, "size", "{:,}".format, index=at)
    labels = bar.pick_some("Activations", sorted(timing["label"].unique()), "activations")
    return shared, numel, labels
