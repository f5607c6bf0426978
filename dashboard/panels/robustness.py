"""How much the choice of the learning rate matters: scores by rate, and the range that is good."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from bench_service.analysis.training.summary import Summary
from dashboard import figure
from dashboard.charts import by_rate, good_rates
from dashboard.charts.learning import with_interval
from dashboard.charts.training_axes import beyond, metric
from dashboard.panels.best import metric_of
from dashboard.training.columns import columns
from dashboard.training.metric import Metric
from dashboard.training.selection import ChosenTraining
from dashboard.words import plural

COLUMNS = ("label", "lr", "lr_role", "score", "low", "high", "n_seeds", "n_diverged")
WIDTHS = (
    "label", "best_lr", "low_lr", "high_lr", "lr_width_decades", "n_rates", "n_rates_failed",
    "reason",
)  # fmt: skip
ROLES = ("sweep", "tune")


def panel(found: Summary, chosen: ChosenTraining) -> None:
    """Scores against rates as lines, and the good range of each activation in rows."""
    st.subheader("How much does the learning rate matter?", anchor="rates")
    role = next((role for role in ROLES if (found.by_rate["lr_role"] == role).any()), None)
    if role is None:
        st.markdown("Only one rate was tried, so nobody can tell.")
        return
    rows = chosen.shown(found.by_rate.loc[found.by_rate["lr_role"] == role])
    about = Metric(str(chosen.slices["metric"].iloc[0]))
    st.markdown(sentence(rows, role) + beyond(about, rows["score"], chosen.chance))
    held = chosen.held("every rate that was tried")
    left, right = st.columns([3, 2])
    with left:
        figure.with_data(
            scored(rows, about, chosen.chance, held), rows, COLUMNS, "by-rate", columns(about)
        )
    with right:
        ranges = found.robustness.loc[found.robustness["lr_role"] == role]
        widths = chosen.shown(ranges)
        chart = good_rates.chart(widths, rows["lr"], held)
        figure.with_data(chart, widths, WIDTHS, "good-rates", columns(metric_of(chosen)))


def scored(rows: pd.DataFrame, about: Metric, chance: float, *subtitle: str) -> alt.LayerChart:
    """The chart of medians; with too few seeds for an interval, bars are the range of seeds."""
    has_interval = rows["low"].notna()
    low = rows["low"].where(has_interval, rows["lowest"])
    high = rows["high"].where(has_interval, rows["highest"])
    shown = [
        with_interval(*each, about.show)
        for each in zip(rows["score"], rows["low"], rows["high"], strict=True)
    ]
    data = rows[["label", "lr"]].assign(
        value=rows["score"],
        low=low.where(rows["score"].notna()),
        high=high.where(rows["score"].notna()),
        shown=shown,
        note=[
            f"{n} of {plural(of, 'seed')} diverged" if n else plural(of, "seed")
            for n, of in zip(rows["n_diverged"], rows["n_seeds"], strict=True)
        ],
    )
    y = metric(about, pd.concat([data["value"], data["low"], data["high"]]), chance=chance)
    title = f"{about.name.capitalize()} by learning rate"
    return by_rate.chart(data, y, title, f"best {about.name}, median", *subtitle)


def sentence(rows: pd.DataFrame, role: str) -> str:
    """Of which seeds the medians are, what the bars are, and where lines end."""
    n_seeds = int(rows["n_seeds"].max())
    what = "tuning seed" if role == "tune" else "seed"
    text = f"Each training's best value, the median over {plural(n_seeds, what)}"
    if rows["low"].notna().any():
        text += " with its 95 % interval."
    else:
        text += "; fewer than six have **no interval**, and bars are the range of the seeds."
    if rows["n_diverged"].any():
        text += " A seed that diverged counts as worst; where half did, a line has no mark."
    return text + (
        " A good range is that about the best rate in which no seed failed and the median is "
        "within 2 % of the best one's."
    )
