"""A value against the learning rate: scores, shares of dead units, shares that diverged."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import base, lines, naming
from dashboard.charts.training_axes import of_rates


def chart(
    data: pd.DataFrame, y: dict[str, Any], title: str, value: str, *subtitle: str
) -> alt.LayerChart:
    """The chart of ``label, lr, value, low, high, shown``; ``value`` says what a value is.

    Rates at which an activation has no value are missing from its line.
    """
    known = data.dropna(subset=["value"]).sort_values(["label", "lr"])
    height = naming.height(known["label"].nunique())
    tooltip = [
        alt.Tooltip("label:N", title="activation"),
        alt.Tooltip("lr:Q", title="learning rate", format="~g"),
        alt.Tooltip("shown:N", title=value),
        *([alt.Tooltip("note:N", title="note")] if "note" in known else []),
    ]
    return alt.LayerChart(
        layer=lines.layers(
            known, y, height, tooltip, x=of_rates(data["lr"]), along="lr", style=lines.POINTS
        ),
        resolve=lines.OWN_AXES,
        title=base.title(title, *subtitle),
        height=height,
        description=describe(known, title, value),
    )


def describe(data: pd.DataFrame, title: str, value: str) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return f"{title}: no activation has a value at any rate."
    last = data.sort_values("lr").groupby("label", as_index=False).last()
    told = "; ".join(f"{row.label} {row.shown} at {row.lr:g}" for row in last.head(8).itertuples())
    rates = data["lr"]
    return (
        f"Line chart of {value} against learning rate (log scale), {data['label'].nunique()} "
        f"activations at {rates.nunique()} rates from {rates.min():g} to {rates.max():g}. At the "
        f"highest rate with a value: {told}."
    )
