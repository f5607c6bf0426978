"""A value against the learning rate: scores, shares of dead units, shares that diverged."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dashboard.charts import base, lines, naming
from dashboard.charts.training_axes import of_rates

SIDE_BY_SIDE = 0.2


def chart(
    data: pd.DataFrame, y: dict[str, Any], title: str, value: str, *subtitle: str
) -> alt.LayerChart:
    """The chart of ``label, lr, value, low, high, shown``; ``value`` says what a value is.

    Rates at which an activation has no value are missing from its line.
    """
    known = apart(data).dropna(subset=["value"]).sort_values(["label", "lr"])
    height = naming.height(known["label"].nunique())
    tooltip = [
        alt.Tooltip("label:N", title="activation"),
        alt.Tooltip("lr:Q", title="learning rate", format="~g"),
        alt.Tooltip("shown:N", title=value),
        *([alt.Tooltip("note:N", title="note")] if "note" in known else []),
    ]
    return alt.LayerChart(
        layer=lines.layers(
            known,
            y,
            height,
            tooltip,
            x=of_rates(data["lr"], "place:Q"),
            along="place",
            style=lines.POINTS,
        ),
        resolve=lines.OWN_AXES,
        title=base.title(title, *subtitle),
        height=height,
        description=describe(known, title, value),
    )


def apart(data: pd.DataFrame) -> pd.DataFrame:
    """The rows with the ``place`` of each, activations side by side so that no bar hides another.

    They take up to a fifth of the smallest distance between two rates.
    """
    labels = base.in_order(list(data["label"]))
    rates = np.sort(data["lr"].unique())
    gap = float((rates[1:] / rates[:-1]).min()) if len(rates) > 1 else 1.0
    side = {label: (ix + 0.5) / len(labels) - 0.5 for ix, label in enumerate(labels)}
    return data.assign(place=data["lr"] * gap ** (SIDE_BY_SIDE * data["label"].map(side)))


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
