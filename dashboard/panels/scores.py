"""Final scores and their differences to ReLU's, with intervals, tests and verdicts."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bench_service.analysis.training.summary import Summary
from dashboard import figure
from dashboard.charts import against_relu
from dashboard.panels.best import metric_of
from dashboard.training.columns import columns
from dashboard.training.rates import Rate
from dashboard.training.selection import ChosenTraining

COLUMNS = (
    "rank", "label", "score", "difference", "difference_low", "difference_high", "p_holm",
    "p_better", "verdict", "n_seeds", "n_diverged", "reason",
)  # fmt: skip


def panel(found: Summary, rate: Rate, chosen: ChosenTraining) -> None:
    """The differences as a chart, and everything that was scored as a table."""
    st.subheader("How much better or worse than ReLU?", anchor="scores")
    table = joined(chosen.shown(rate.of(found.ranks)), chosen.shown(rate.of(found.differences)))
    if table.empty:
        st.markdown("Nothing was scored at this rate.")
        return
    about = metric_of(chosen)
    compared = table.dropna(subset=["difference"])
    if compared.empty:
        st.markdown(why_not(table))
        figure.show(table, COLUMNS, whole=True, known=columns(about))
        return
    st.markdown(explained(compared))
    chart = against_relu.chart(compared, about, chosen.held(rate.phrase))
    figure.with_data(chart, table, COLUMNS, "scores", columns(about))


def joined(ranks: pd.DataFrame, differences: pd.DataFrame) -> pd.DataFrame:
    """One row per activation: its rank and score, and where it isn't ReLU its difference."""
    renamed = differences.rename(columns={"low": "difference_low", "high": "difference_high"})
    more = renamed[
        [
            "label", "difference", "difference_low", "difference_high", "p_holm", "p_better",
            "verdict", "rope", "reason",
        ]
    ].rename(columns={"reason": "why_no_verdict"})  # fmt: skip
    both = ranks.merge(more, on="label", how="left")
    reason = [
        "; ".join(text for text in (rank, verdict) if isinstance(text, str) and text)
        for rank, verdict in zip(both["reason"], both["why_no_verdict"], strict=True)
    ]
    found = both.assign(
        reason=reason, low=both["difference_low"], high=both["difference_high"]
    ).drop(columns="why_no_verdict")
    return found.sort_values(["rank", "label"], na_position="last").reset_index(drop=True)


def why_not(table: pd.DataFrame) -> str:
    """Why there is no difference to show."""
    if set(table["label"]) == {"relu"}:
        return "Only ReLU was trained here: there is nothing to hold against it."
    if "relu" not in set(table["label"]):
        return "ReLU wasn't trained here: there is nothing to hold the others against."
    return "No activation has a score to hold against ReLU's; the table says why."


def explained(compared: pd.DataFrame) -> str:
    """How to read the chart: what marks, bars and the shade are, and how many seeds there are."""
    n_seeds = int(compared["n_seeds"].max())
    if n_seeds == 1:
        return "One seed: **no interval and no verdict**. Another seed may turn it round."
    text = (
        f"The median over {n_seeds} seeds of what each scored less what ReLU scored with the same "
        "seed. The bar is its 95 % interval. A filled mark is a verdict of better or worse, a "
        "hollow one is none."
    )
    reach = against_relu.REACH * compared["difference"].abs().max()
    if (compared[["low", "high"]].abs() > reach).to_numpy().any():
        text += " A bar that reaches the edge goes on beyond it."
    if compared["rope"].notna().any():
        text += " What lies in the shade is too little to matter: 1 % of what ReLU gains on chance."
    return text
