"""How sparse and how active networks are at the end of training, activation by activation."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from bench_service.analysis.neurons.courses import courses, finals
from bench_service.analysis.neurons.metrics import NEURON_METRICS, NeuronMetric
from dashboard import figure
from dashboard.charts import base, dots
from dashboard.charts.learning import with_interval
from dashboard.charts.training_axes import share
from dashboard.panels.best import metric_of
from dashboard.training import data
from dashboard.training.columns import columns
from dashboard.training.rates import Rate
from dashboard.training.selection import ChosenTraining
from dashboard.words import listing

SHOWN = ("sparsity", "active_prob_mean", "saturation")
COLUMNS = ("label", "metric", "share", "share_low", "share_high", "n_seeds", "n_diverged")


def panel(here: pd.DataFrame, rate: Rate, divergence: pd.DataFrame, chosen: ChosenTraining) -> None:
    """A chart of each metric, rows in one order, and what diverged in a sentence."""
    st.subheader("How sparse, how active?", anchor="activity")
    rows = chosen.shown(here)
    ended = chosen.shown(finals(courses(data.networks(chosen.run, rows, SHOWN))))
    if ended.empty:
        st.markdown("Nothing of this was kept.")
        return
    st.markdown(lost(divergence, rate))
    found = [NEURON_METRICS[name] for name in SHOWN if name in set(ended["metric"])]
    for column, about in zip(st.columns(len(found)), found, strict=True):
        with column:
            of_metric = ended.loc[ended["metric"] == about.name]
            figure.drawn(chart(of_metric, about, chosen.held(rate.phrase)))
            st.caption(f"`{about.name}`: {about.formula}. For {about.meaningful_for}.")
    with st.expander("Data", icon=":material/table:"):
        named = ended.rename(columns={"low": "share_low", "high": "share_high", "median": "share"})
        figure.rows(named, COLUMNS, "activity", columns(metric_of(chosen)))


def lost(divergence: pd.DataFrame, rate: Rate) -> str:
    """Which seeds aren't in the numbers."""
    rows = divergence.loc[divergence["n_diverged"] > 0]
    told = [f"{row.label} {row.n_diverged} of {row.n_slices}" for row in rows.itertuples()]
    if not told:
        return f"Medians over all seeds, {rate.phrase}: nobody diverged."
    return f"Medians over the seeds that didn't diverge {rate.phrase}. Diverged: {listing(told)}."


def chart(ended: pd.DataFrame, about: NeuronMetric, *subtitle: str) -> alt.LayerChart:
    """One metric in rows, ReLU first."""
    order = base.in_order(list(ended["label"]))
    rows = ended.set_index("label").loc[order].reset_index()
    numbers = zip(rows["median"], rows["low"], rows["high"], strict=True)
    show = about.quantity.show
    table = pd.DataFrame(
        {
            "label": rows["label"],
            "value": rows["median"],
            "low": rows["low"],
            "high": rows["high"],
            "shown": [with_interval(*each, show) for each in numbers],
            "is_filled": True,
        }
    ).dropna(subset=["value"])
    told = [f"{row.label} {row.shown}" for row in table.itertuples()]
    words = dots.Words(
        about.long_name.capitalize(),
        subtitle,
        about.name,
        f"Dot plot of {about.long_name} ({about.name}) for {dots.range_of(told)}, with 95 % "
        f"intervals: {'; '.join(told[:12])}.",
    )
    return dots.chart(table, share(f"{about.name} (%)"), words)
