"""Where neurons die, and when: layers by looks, of one activation at one rate."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bench_service.analysis.neurons.courses import courses
from bench_service.analysis.neurons.metrics import NeuronMetric
from dashboard import figure
from dashboard.charts import by_layer
from dashboard.panels.best import metric_of
from dashboard.training import data
from dashboard.training.columns import columns
from dashboard.training.rates import Rate
from dashboard.training.selection import ChosenTraining
from dashboard.words import plural

COLUMNS = ("layer", "steps", "share", "share_low", "share_high", "n_seeds", "n_diverged")


def panel(
    here: pd.DataFrame, label: str, rate: Rate, about: NeuronMetric, chosen: ChosenTraining
) -> None:
    """The grid, with how many of the seeds are still networks at the end."""
    st.subheader("Where, and when?", anchor="layers")
    rows = here.loc[here["label"] == label]
    found = courses(data.layers(chosen.run, rows, about.name))
    if found.empty:
        st.markdown(f"Nobody looked at the neurons of {label}.")
        return
    st.markdown(sentence(found, label, rate))
    chart = by_layer.chart(found, about, chosen.held(label, rate.phrase), lost(found))
    table = found.rename(columns={"low": "share_low", "high": "share_high", "median": "share"})
    figure.with_data(chart, table, COLUMNS, "layers", columns(metric_of(chosen), about))


def lost(found: pd.DataFrame) -> str:
    """How many seeds had diverged by the end."""
    last = found.loc[found["steps"] == found["steps"].max()].iloc[0]
    n = int(last["n_diverged"])
    return f"{n} of {plural(int(last['n_slices']), 'seed')} diverged"


def sentence(found: pd.DataFrame, label: str, rate: Rate) -> str:
    """What a cell is, and of which seeds."""
    n_seeds = int(found["n_seeds"].max())
    text = f"{label} {rate.phrase}: the median over {plural(n_seeds, 'seed')}"
    if n_seeds < 6:
        text += ", with no interval"
    return text + "; by the end " + lost(found) + ". Layers are counted from the input on."
