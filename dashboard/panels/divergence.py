"""How often training diverged: at the chosen rate, and at every rate that was tried."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bench_service.analysis.training.summary import Summary
from bench_service.quantities import format_share
from dashboard import figure
from dashboard.charts import diverged
from dashboard.panels.best import metric_of
from dashboard.training.columns import columns
from dashboard.training.rates import Rate
from dashboard.training.selection import ChosenTraining
from dashboard.words import listing, plural

COLUMNS = (
    "label", "at_lr", "lr_role", "n_slices", "n_diverged", "diverged_rate", "diverged_low",
    "diverged_high",
)  # fmt: skip


def panel(found: Summary, rate: Rate, chosen: ChosenTraining) -> None:
    """Shares with Wilson's intervals in rows, and of each rate in a grid."""
    st.subheader("How often does it diverge?", anchor="divergence")
    rows = chosen.shown(found.divergence)
    rows = rows.rename(columns={"low": "diverged_low", "high": "diverged_high"})
    here = rate.of(rows)
    here = here.dropna(subset=["diverged_rate"])
    if here.empty:
        st.markdown("No training at this rate ended by itself.")
        return
    st.markdown(sentence(here, rate))
    known = columns(metric_of(chosen))
    by_rate = rows.loc[rows["at_lr"].notna() & rows["diverged_rate"].notna()]
    if not rows["n_diverged"].any():
        with st.expander("Data", icon=":material/table:"):
            figure.rows(rows, COLUMNS, "divergence", known)
        return
    left, right = st.columns(2)
    with left:
        chart = diverged.rows(here, chosen.held(rate.phrase))
        figure.with_data(chart, here, COLUMNS, "divergence", known)
    with right:
        if len(by_rate):
            chart = diverged.grid(by_rate, chosen.held("every rate that was tried"))
            figure.with_data(chart, by_rate, COLUMNS, "divergence-by-rate", known)


def sentence(here: pd.DataFrame, rate: Rate) -> str:
    """Who diverged at this rate; where nobody did, what that excludes."""
    lost = here.loc[here["n_diverged"] > 0].sort_values("n_diverged", ascending=False)
    n = int(here["n_slices"].min())
    if lost.empty:
        most = float(here["diverged_high"].max())
        return (
            f"Nobody diverged {rate.phrase}, in {plural(n, 'seed')} each. That leaves room for up "
            f"to {format_share(most)} (Wilson's 95 % interval)."
        )
    told = [f"{row.label} {row.n_diverged} of {row.n_slices}" for row in lost.itertuples()]
    return (
        f"Diverged {rate.phrase}: {listing(told, limit=10)}. Its loss or its weights were no "
        "longer finite; such a training counts as not better than chance, and stays in every "
        "number above."
    )
