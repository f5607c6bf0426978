"""How activations learn: metrics over steps, the median over seeds with bands."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bench_service.analysis.training.learning_curves import learning_curves
from dashboard import figure
from dashboard.bar import Bar
from dashboard.charts import learning
from dashboard.charts.training_axes import beyond
from dashboard.training import data
from dashboard.training.columns import columns
from dashboard.training.metric import Metric
from dashboard.training.rates import Rate
from dashboard.training.selection import ChosenTraining

COLUMNS = ("label", "lr", "steps", "median", "low", "high", "n_seeds", "n_diverged")
ORDER = ("val_loss", "val_accuracy", "train_loss", "train_accuracy")


def panel(rate: Rate, bar: Bar, chosen: ChosenTraining) -> ChosenTraining:
    """Learning curves at the chosen rate; the choice with the curve that was picked."""
    st.subheader("How do they learn?", anchor="curves")
    rows = rate.of(chosen.slices)
    found = data.curves(chosen.run, chosen.shown(rows))
    if found.empty:
        st.markdown("No curve was kept of these trainings.")
        return chosen
    symbols = available(found)
    names = {Metric(symbol).name: symbol for symbol in symbols}
    word = bar.toggle("Curve", list(names), "curve")
    about = Metric(names[word])
    of_metric = found.loc[(found["split"] == about.split) & (found["metric"] == about.kind)]
    medians = chosen.shown(learning_curves(of_metric))
    st.markdown(explained(medians, about, chosen.chance))
    chart = learning.chart(medians, about, chosen.held(rate.phrase), chance=chosen.chance)
    figure.with_data(chart, medians, COLUMNS, "learning-curves", columns(about))
    return chosen.having(curve=word)


def available(curves: pd.DataFrame) -> list[str]:
    """The metrics that there are curves of, losses on validation data first."""
    found = {
        f"{split}_{metric}" for split, metric in zip(curves["split"], curves["metric"], strict=True)
    }
    return [*(symbol for symbol in ORDER if symbol in found), *sorted(found - set(ORDER))]


def explained(medians: pd.DataFrame, about: Metric, chance: float) -> str:
    """What the lines and bands are, of how many seeds, and what became of the others."""
    most = int(medians["n_seeds"].max())
    if most == 1:
        return "One seed: a line each, and **no interval**."
    text = f"Lines are medians over {most} seeds"
    if medians["low"].notna().any():
        text += ", bands their exact 95 % intervals; pointing at a line shows its band alone."
    else:
        text += "; fewer than six have **no interval**."
    if medians["n_diverged"].any():
        text += (
            " A seed that diverged counts as worst from then on; a line ends where half of its "
            "seeds have."
        )
    return text + beyond(about, pd.concat([medians["median"], medians["high"]]), chance)
