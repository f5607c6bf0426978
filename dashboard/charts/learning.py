"""Learning curves: a metric over training steps, the median over seeds with its interval."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import numpy as np
import pandas as pd

from dashboard.charts import base, lines, naming
from dashboard.charts.training_axes import metric, of_steps
from dashboard.training.metric import Metric

POINTS_MAX = 40
"""Points of a line: more can't be seen, and fifty lines of them are too many marks."""


def thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows at some of the steps, evenly chosen, with the first and the last."""
    steps = np.unique(frame["steps"])
    if len(steps) <= POINTS_MAX:
        return frame
    kept = steps[np.unique(np.linspace(0, len(steps) - 1, POINTS_MAX).round().astype(int))]
    return frame.loc[frame["steps"].isin(kept)]


def prepared(frame: pd.DataFrame, show: Callable[[float], str]) -> pd.DataFrame:
    """What the chart draws: label, steps, value, low, high, and words for people."""
    data = thinned(frame).rename(columns={"median": "value"})
    data = data.dropna(subset=["value"]).sort_values(["label", "steps"])
    numbers = zip(data["value"], data["low"], data["high"], strict=True)
    return data[["label", "steps", "value", "low", "high"]].assign(
        shown=[with_interval(*each, show) for each in numbers],
        seeds=[
            f"{n} seeds" + (f", {lost} of them diverged" if lost else "")
            for n, lost in zip(data["n_seeds"], data["n_diverged"], strict=True)
        ],
    )


def with_interval(value: float, low: float, high: float, show: Callable[[float], str]) -> str:
    """A value with its interval in words; where an end is missing, that is said."""
    if np.isnan(low) and np.isnan(high):
        return f"{show(value)} (no interval)"
    ends = ["diverged" if np.isnan(end) else show(end) for end in (low, high)]
    return f"{show(value)} ({ends[0]} to {ends[1]})"


def chart(
    frame: pd.DataFrame, about: Metric, *subtitle: str, chance: float = np.nan
) -> alt.LayerChart:
    """The chart; the frame holds one row per activation and step."""
    data = prepared(frame, about.show)
    height = naming.height(data["label"].nunique())
    drawn = pd.concat([data["value"], data["low"], data["high"]])
    y = metric(about, drawn, chance=chance)
    tooltip = (
        alt.Tooltip("label:N", title="activation"),
        alt.Tooltip("steps:Q", title="training steps", format=","),
        alt.Tooltip("shown:N", title="median with its 95 % interval"),
        alt.Tooltip("seeds:N", title="of"),
    )
    last = int(frame["steps"].max()) if len(frame) else 1
    return alt.LayerChart(
        layer=lines.layers(
            data, y, height, tooltip, x=of_steps(last), along="steps", style=lines.CURVES
        ),
        resolve=lines.OWN_AXES,
        title=base.title(f"{about.name.capitalize()} over training", *subtitle),
        height=height,
        description=describe(data, about),
    )


def describe(data: pd.DataFrame, about: Metric) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return (
            "No activation has a median here: nothing was trained, or half of the seeds diverged."
        )
    last = int(data["steps"].max())
    at = data.loc[data["steps"] == last].sort_values("value", ascending=not about.is_higher_better)
    first, final = at.iloc[0], at.iloc[-1]
    return (
        f"Line chart of {about.name} over {last:,} training steps; {about.direction}. "
        f"Medians over seeds of {data['label'].nunique()} activations with 95 % bands. At the end "
        f"from {first['label']}, {first['shown']}, to {final['label']}, {final['shown']}."
    )
