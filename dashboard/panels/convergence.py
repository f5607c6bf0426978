"""The page about convergence: what is chosen on it, and its sections in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from bench_service.analysis.training.summary import Summary
from dashboard import states
from dashboard.bar import Bar
from dashboard.panels import best, divergence, learning, robustness, scores, target
from dashboard.training import data
from dashboard.training.rates import Rate, first, rates
from dashboard.training.selection import ChosenTraining


def sections(chosen: ChosenTraining, workload: Mapping[str, Any], bar: Bar) -> ChosenTraining:
    """Everything that is said of the trainings; the choice with what was picked on the way."""
    found = data.summary(chosen.run, chosen.shared)
    at = {rate.word: rate for rate in rates(chosen.slices)}
    if not at:
        st.info("Only rates were tried so far: there is nothing to compare yet.")
        with states.guarded("Learning rates"):
            robustness.panel(found, chosen)
        return chosen
    if not chosen.is_trained:
        return _untrained(found, next(iter(at.values())), chosen)
    default = first(list(at.values()), workload["facts"])
    word = bar.toggle("Learning rate", list(at), "rate", index=default)
    chosen = chosen.having(rate=word)
    with states.guarded("The answers"):
        best.cards(found, at[word], list(at.values()), chosen)
    with states.guarded("Learning curves"):
        chosen = learning.panel(at[word], bar, chosen)
    _of_scores(found, at[word], workload, chosen)
    return chosen


def _untrained(found: Summary, rate: Rate, chosen: ChosenTraining) -> ChosenTraining:
    """What can be said of networks as they begin: there are no rates, curves or targets."""
    st.info("Nothing is trained here: what is scored are networks as they begin.")
    with states.guarded("The answers"):
        best.cards(found, rate, [rate], chosen)
    with states.guarded("Scores"):
        scores.panel(found, rate, chosen)
    return chosen


def _of_scores(
    found: Summary, rate: Rate, workload: Mapping[str, Any], chosen: ChosenTraining
) -> None:
    with states.guarded("Scores"):
        scores.panel(found, rate, chosen)
    with states.guarded("The target"):
        target.panel(found, rate, workload, chosen)
    with states.guarded("Learning rates"):
        robustness.panel(found, chosen)
    with states.guarded("Divergence"):
        divergence.panel(found, rate, chosen)
