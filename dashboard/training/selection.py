"""The choice of the pages about training: what all slices of a comparison share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.bar import Bar
from dashboard.dimensions import Dimension
from dashboard.kinds import Place
from dashboard.runs import Run
from dashboard.selection import STATE, shared_by


@dataclass(frozen=True)
class ChosenTraining:
    """The choice, and the slices of the task that was chosen."""

    place: Place
    slices: pd.DataFrame
    """All slices of the task, whatever their activation."""
    shared: Mapping[str, Any]
    """The value of every dimension."""
    dimensions: Sequence[Dimension]
    labels: tuple[str, ...]
    """The activations to show; empty means all."""
    own: Mapping[str, str] = field(default_factory=dict)
    """What was chosen on the page itself, by the parameters of its address."""

    @property
    def run(self) -> Run:
        """The chosen run."""
        return self.place.run

    @property
    def workload(self) -> str:
        """The workload's name."""
        return str(self.shared["workload"])

    @property
    def is_trained(self) -> bool:
        """False for a workload that only looks at networks as they begin."""
        return bool((self.slices["n_steps"] > 0).any())

    @property
    def chance(self) -> float:
        """What the workload's metric is without learning; NaN where that isn't known."""
        return float(self.slices["chance"].iloc[0])

    @property
    def names(self) -> dict[str, str]:
        """The label of each entry that is to be shown, by the name that the analysis gives it."""
        rows = self.slices.drop_duplicates("entry")
        if self.labels:
            rows = rows.loc[rows["label"].isin(self.labels)]
        return dict(zip(rows["entry"], rows["label"], strict=True))

    def shown(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a frame of entries that are to be shown, with the label of each."""
        label = frame["entry"].map(self.names).astype(object)
        return frame.assign(label=label).loc[label.notna()].reset_index(drop=True)

    def having(self, **own: str) -> ChosenTraining:
        """The same with what was chosen on the page itself."""
        return replace(self, own={**self.own, **own})

    def address(self) -> str:
        """The query that leads to this choice, with nothing left to defaults."""
        named = {each.column: each.name(self.shared[each.column]) for each in self.dimensions}
        fixed = {"hardware": self.place.hardware, "run": self.run.name}
        asked = {**fixed, **named, **self.own, "activations": list(self.labels)}
        return urlencode(asked, doseq=True)

    def held(self, *more: str) -> str:
        """What a chart holds fixed, for its subtitle."""
        return " · ".join([self.workload, *more])


def current_training() -> ChosenTraining:
    """The choice of the frame around a page about training."""
    chosen: ChosenTraining = st.session_state[STATE]
    return chosen


def of_slices(
    bar: Bar, place: Place, slices: pd.DataFrame, dimensions: Sequence[Dimension]
) -> ChosenTraining:
    """The choice among slices: every dimension's value and the activations."""
    shared, left = shared_by(bar, slices, dimensions)
    labels = bar.pick_some("Activations", sorted(slices["label"].unique()), "activations")
    return ChosenTraining(place, left, shared, dimensions, labels)
