"""Units that are born dead, die, and come back, from the bits that were kept of each."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bench_service.analysis.neurons.metrics import HEADLINE, NEURON_METRICS, NeuronMetric
from bench_service.analysis.neurons.turnover import fates, turnover
from dashboard import figure
from dashboard.charts import turnover as chart_of
from dashboard.panels.best import metric_of
from dashboard.training import data
from dashboard.training.columns import columns
from dashboard.training.rates import Rate
from dashboard.training.selection import ChosenTraining
from dashboard.words import percent, plural

COLUMNS = (
    "label", "born_dead", "deaths_in_all", "revivals_in_all", "dead_at_end", "dead_at_end_low",
    "dead_at_end_high", "share_born_dead", "n_ended", "n_unfinished",
)  # fmt: skip


def panel(
    here: pd.DataFrame, label: str, rate: Rate, about: NeuronMetric, chosen: ChosenTraining
) -> None:
    """The course of one activation as a chart, and what became of the units of all as a table."""
    st.subheader("Do they come back?", anchor="revivals")
    used = about if about.is_mask else NEURON_METRICS[HEADLINE]
    rows = chosen.shown(here)
    masks = data.masks(chosen.run, rows, used.name)
    if masks.empty:
        st.markdown("No bits of single units were kept.")
        return
    if used is not about:
        st.markdown(f"`{about.name}` is a number and not met or unmet by a unit: `{used.name}`.")
    table = chosen.shown(fates(masks, int(rows["n_steps"].max()))).sort_values(
        ["dead_at_end", "label"], ascending=[False, True]
    )
    known = columns(metric_of(chosen), used)
    own = table.loc[table["label"] == label]
    if len(own):
        st.markdown(sentence(own.iloc[0], label, rate))
        course = chosen.shown(turnover(masks))
        course = course.loc[course["label"] == label]
        if len(course):
            chart = chart_of.chart(course, label, chosen.held(label, rate.phrase, used.name))
            figure.drawn(chart)
    named = table.rename(columns={"deaths": "deaths_in_all", "revivals": "revivals_in_all"})
    named = named.rename(columns={"n_seeds": "n_ended"})
    figure.rows(named, COLUMNS, "revivals", known)
    st.caption(
        "Deaths and revivals are counted between looks, in units of all units; one that died and "
        "came back in between isn't seen. Only seeds that were networks to the end are counted."
    )


def sentence(row: pd.Series, label: str, rate: Rate) -> str:
    """What became of one activation's units in all."""
    n_ended, n_lost = int(row["n_seeds"]), int(row["n_unfinished"])
    if not n_ended:
        lost = f"all {plural(n_lost, 'seed')} diverged or overflowed before the end"
        return f"{label} {rate.phrase}: {lost}."
    text = f"{label} {rate.phrase}, medians over {plural(n_ended, 'seed')}: of all units "
    if pd.notna(row["born_dead"]):
        text += f"{percent(row['born_dead'])} were dead from the start, "
    text += (
        f"deaths add up to {percent(row['deaths'])}, revivals to {percent(row['revivals'])}, and "
        f"{percent(row['dead_at_end'])} are dead at the end"
    )
    if pd.notna(row["dead_at_end_low"]):
        text += f" ({percent(row['dead_at_end_low'])} to {percent(row['dead_at_end_high'])})"
    if n_lost:
        text += f"; {plural(n_lost, 'more seed')} diverged or overflowed and aren't counted"
    return text + "."
