"""Dead units against the learning rate, and beside them what diverged: never one alone."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from bench_service.analysis.neurons.metrics import NeuronMetric
from bench_service.analysis.training.summary import Summary
from bench_service.quantities import format_share
from dashboard import figure
from dashboard.charts import by_rate
from dashboard.charts.learning import with_interval
from dashboard.charts.training_axes import PLAIN, around, linear, share
from dashboard.panels.best import metric_of
from dashboard.panels.most_dead import tried
from dashboard.training.columns import columns
from dashboard.training.selection import ChosenTraining
from dashboard.words import plural

COLUMNS = (
    "label", "lr", "lr_role", "share", "share_low", "share_high", "n_seeds", "n_diverged",
    "diverged_rate", "diverged_low", "diverged_high",
)  # fmt: skip


def panel(ended: pd.DataFrame, found: Summary, about: NeuronMetric, chosen: ChosenTraining) -> None:
    """Two charts of one scale, and one table of both."""
    st.subheader("How does it depend on the learning rate?", anchor="rates")
    role = tried(ended)
    if role is None:
        st.markdown("One rate was tried, so nobody can tell.")
        return
    table = joined(ended.loc[ended["lr_role"] == role], chosen.shown(found.divergence))
    st.markdown(sentence(table, role))
    held = chosen.held("at the end of training")
    left, right = st.columns(2)
    with left:
        figure.drawn(of_metric(table, about, held))
    with right:
        figure.drawn(of_diverged(table, chosen.held("every rate that was tried")))
    with st.expander("Data", icon=":material/table:"):
        named = table.rename(columns={"low": "share_low", "high": "share_high", "median": "share"})
        figure.rows(named, COLUMNS, "dead-by-rate", columns(metric_of(chosen), about))


def joined(ended: pd.DataFrame, divergence: pd.DataFrame) -> pd.DataFrame:
    """One row per activation and rate: the metric, and the share that diverged."""
    lost = divergence.rename(
        columns={"low": "diverged_low", "high": "diverged_high", "at_lr": "lr"}
    )
    names = ["label", "lr_role", "lr", "diverged_rate", "diverged_low", "diverged_high"]
    both = ended.merge(lost[names], on=["label", "lr_role", "lr"], how="left")
    return both.sort_values(["label", "lr"]).reset_index(drop=True)


def of_metric(table: pd.DataFrame, about: NeuronMetric, *subtitle: str) -> alt.LayerChart:
    """The metric's chart."""
    show = about.quantity.show
    numbers = zip(table["median"], table["low"], table["high"], strict=True)
    data = table[["label", "lr"]].assign(
        value=table["median"],
        low=table["low"],
        high=table["high"],
        shown=[with_interval(*each, show) for each in numbers],
        note=[
            f"of {plural(n, 'seed')}, {lost} more diverged"
            for n, lost in zip(table["n_seeds"], table["n_diverged"], strict=True)
        ],
    )
    if about.is_share:
        y = share(f"{about.name} (% of units)" if about.is_mask else f"{about.name} (%)")
    else:
        y = linear(f"{about.name} ({about.unit})", around(data["value"]), PLAIN)
    return by_rate.chart(data, y, f"{about.name} by learning rate", about.name, *subtitle)


def of_diverged(table: pd.DataFrame, *subtitle: str) -> alt.LayerChart:
    """The chart of what diverged, on the scale of shares; bars where anything did.

    The bar of none of n is the same for all, so that a sentence says it; drawn, it hides the rest.
    """
    numbers = zip(
        table["diverged_rate"], table["diverged_low"], table["diverged_high"], strict=True
    )
    data = table[["label", "lr"]].assign(
        value=table["diverged_rate"],
        low=table["diverged_low"].where(table["diverged_rate"] > 0),
        high=table["diverged_high"].where(table["diverged_rate"] > 0),
        shown=[with_interval(*each, format_share) for each in numbers],
    )
    y = share("trainings that diverged (%)")
    return by_rate.chart(data, y, "Diverged by learning rate", "diverged", *subtitle)


def sentence(table: pd.DataFrame, role: str) -> str:
    """Why the two belong together, and of how many seeds the numbers are."""
    n_seeds = int(table["n_slices"].max())
    what = "tuning seed" if role == "tune" else "seed"
    text = (
        "A network that diverged has no neurons, dead or living: on the left are only those that "
        "didn't, on the right is how many did. An activation without dead units whose networks "
        f"diverge is no better off. {plural(n_seeds, what).capitalize()} at each rate; medians"
    )
    if table["low"].notna().any():
        text += " with exact 95 % intervals on the left, Wilson's on the right."
    else:
        text += "; fewer than six seeds have **no interval** on the left."
    never = table.loc[table["diverged_rate"] == 0, "diverged_high"]
    if never.empty:
        return text
    most = format_share(float(never.max()))
    return f"{text} Where none of them diverged, the chance may still be up to {most}."
