"""The page about neurons: what is chosen on it, and its sections in order."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bench_service.analysis.neurons.courses import courses, finals
from bench_service.analysis.neurons.metrics import HEADLINE, NEURON_METRICS, NeuronMetric
from bench_service.analysis.training.summary import Summary
from dashboard import states
from dashboard.bar import WIDE, Bar
from dashboard.panels import activity, by_layer, dead_by_rate, most_dead, turnover
from dashboard.training import data
from dashboard.training.answers_of_neurons import telling
from dashboard.training.rates import Rate, first, rates
from dashboard.training.selection import ChosenTraining
from dashboard.words import plural


def sections(chosen: ChosenTraining, bar: Bar) -> ChosenTraining:
    """Everything that is said of the neurons; the choice with what was picked on the way."""
    with st.container(horizontal=True):
        name = bar.pick("Metric", list(NEURON_METRICS), "metric", width=WIDE)
    about = NEURON_METRICS[name]
    rows = chosen.shown(chosen.slices)
    found = courses(data.networks(chosen.run, rows, (name,)))
    st.markdown(definition(about, found))
    if found.empty:
        st.info("Nobody looked at the neurons of this workload; choose another one above.")
        return chosen
    ended = chosen.shown(finals(found))
    summary = data.summary(chosen.run, chosen.shared)
    rate = _rate(chosen, rows, bar)
    chosen = chosen.having(metric=name, **({"rate": rate.word} if rate else {}))
    if rate is not None:
        with states.guarded("The answers"):
            most_dead.cards(ended, summary, rate, about, chosen)
    with states.guarded("Learning rates"):
        dead_by_rate.panel(ended, summary, about, chosen)
    if rate is None:
        return chosen
    return _at_rate(rate, about, summary, chosen, bar)


def _at_rate(
    rate: Rate, about: NeuronMetric, found: Summary, chosen: ChosenTraining, bar: Bar
) -> ChosenTraining:
    here = rate.of(chosen.slices)
    labels = sorted(chosen.shown(here)["label"].unique(), key=lambda name: (name != "relu", name))
    label = bar.pick("Look into", labels, "of")
    lost = chosen.shown(rate.of(found.divergence))
    with states.guarded("Layers"):
        by_layer.panel(here, label, rate, about, chosen)
    with states.guarded("Deaths and revivals"):
        turnover.panel(here, label, rate, about, chosen)
    with states.guarded("Activity"):
        activity.panel(here, rate, lost, chosen)
    return chosen.having(of=label)


def _rate(chosen: ChosenTraining, rows: pd.DataFrame, bar: Bar) -> Rate | None:
    """The rate to look at; of a sweep, where nobody chose, one at which units are dying."""
    at = {rate.word: rate for rate in rates(chosen.slices)}
    if not at:
        return None
    ended = finals(courses(data.networks(chosen.run, rows, (HEADLINE,))))
    swept = telling(ended.loc[ended["lr_role"] == "sweep"])
    default = first(list(at.values()), {"default_lr": swept})
    return at[bar.toggle("Learning rate", list(at), "rate", index=default)]


def definition(about: NeuronMetric, found: pd.DataFrame) -> str:
    """What a metric is, what for, and what it was read off."""
    text = (
        f"**`{about.name}`**, {about.long_name}: {about.formula.replace('|', '&#124;')}. "
        f"Meaningful for {about.meaningful_for}."
    )
    if found.empty:
        return text
    row = found.iloc[0]
    return (
        f"{text} Read off {plural(int(row['n_probe']), 'input')} of the training distribution, the "
        f"same at every look; {plural(int(row['n_units']), 'hidden unit')}."
    )
