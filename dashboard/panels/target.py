"""How soon each activation reaches the workload's target, and how many seeds never do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from bench_service.analysis.training.summary import Summary
from dashboard import figure
from dashboard.charts import to_target
from dashboard.panels.best import metric_of
from dashboard.training.columns import columns
from dashboard.training.metric import Metric
from dashboard.training.rates import Rate
from dashboard.training.selection import ChosenTraining
from dashboard.words import listing, plural

COLUMNS = (
    "label", "mean_steps", "mean_low", "mean_high", "median_steps", "n_missed", "missed_rate",
    "steps_ratio", "steps_ratio_low", "steps_ratio_high", "p_steps", "seconds_to_target",
    "n_seeds", "reason",
)  # fmt: skip
CURVE_COLUMNS = ("label", "steps", "not_reached", "diverged_low", "diverged_high")
KEYS = ["label", "lr_role"]


def panel(found: Summary, rate: Rate, workload: Mapping[str, Any], chosen: ChosenTraining) -> None:
    """Curves of who isn't there yet, and mean times in rows."""
    st.subheader("How soon is the target reached?", anchor="target")
    table = joined(chosen.shown(rate.of(found.mean_steps)), chosen.shown(rate.of(found.to_target)))
    if table.empty:
        st.markdown("This workload has no target: what counts is how far it gets.")
        return
    aim = Metric(str(workload["target_metric"]))
    st.markdown(sentence(table, f"{aim.name} of {aim.show(float(workload['target']))}"))
    budget = int(table["budget"].max())
    known = columns(metric_of(chosen))
    left, right = st.columns(2)
    with left:
        curves = chosen.shown(rate.of(found.curves_to_target))
        chart = to_target.chart(curves, budget, chosen.held(rate.phrase))
        named = curves.rename(columns={"low": "diverged_low", "high": "diverged_high"})
        figure.with_data(chart, named, CURVE_COLUMNS, "to-target", known)
    with right:
        chart = to_target.means(table, chosen.held(rate.phrase))
        figure.with_data(chart, table, COLUMNS, "mean-steps", known)


def joined(means: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """One row per activation: its mean with interval, and what the tests say of it."""
    new = [name for name in times if name not in means or name in KEYS]
    both = means.merge(times[new], on=KEYS).rename(columns={"p_holm": "p_steps"})
    return both.sort_values(["mean_steps", "label"]).reset_index(drop=True)


def sentence(table: pd.DataFrame, target: str) -> str:
    """What the target is, who never reached it, and what a mean counts for those."""
    n_seeds, budget = int(table["n_seeds"].max()), int(table["budget"].max())
    text = f"The target is a {target}, within {budget:,} steps; {plural(n_seeds, 'seed')}."
    missed = table.loc[table["n_missed"] > 0]
    if missed.empty:
        text += " Every seed of every activation got there."
    else:
        told = [f"{row.label} {row.n_missed} of {row.n_seeds}" for row in missed.itertuples()]
        text += (
            f" Never there: {listing(told)}; such a seed counts the whole budget, so that a mean "
            "is a lower bound. A hollow mark says that some are missing."
        )
    if n_seeds == 1:
        text += " **One seed has no interval.**"
    return text
