"""Who has reached the target by when: Kaplan-Meier curves, and mean times in rows."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from bench_service.quantities import format_share, format_steps
from dashboard.charts import base, dots, lines, naming
from dashboard.charts.learning import with_interval
from dashboard.charts.training_axes import around, linear, of_steps, share
from dashboard.words import plural

AXIS = "seeds not there yet (%)"


def prepared(frame: pd.DataFrame, budget: int) -> pd.DataFrame:
    """The curves, each drawn on to the budget: label, steps, value, low, high, shown."""
    data = frame.rename(columns={"not_reached": "value"}).sort_values(["label", "steps"])
    last = data.groupby("label", as_index=False).last()
    rest = last.loc[last["steps"] < budget].assign(steps=float(budget))
    data = pd.concat([data, rest], ignore_index=True).sort_values(["label", "steps"])
    numbers = zip(data["value"], data["low"], data["high"], strict=True)
    columns = ["label", "steps", "value", "low", "high"]
    return (
        data[columns]
        .assign(shown=[with_interval(*each, format_share) for each in numbers])
        .reset_index(drop=True)
    )


def chart(frame: pd.DataFrame, budget: int, *subtitle: str) -> alt.LayerChart:
    """The curves; the frame is from ``target_curves``, of one way to set the rate."""
    data = prepared(frame, budget)
    height = naming.height(data["label"].nunique())
    tooltip = (
        alt.Tooltip("label:N", title="activation"),
        alt.Tooltip("steps:Q", title="training steps", format=","),
        alt.Tooltip("shown:N", title="not there yet, with its 95 % interval"),
    )
    y, last = share(AXIS), until(data, budget)
    data = data.assign(steps=data["steps"].clip(upper=last))
    return alt.LayerChart(
        layer=lines.layers(
            data, y, height, tooltip, x=of_steps(last), along="steps", style=lines.STAIRS
        ),
        resolve=lines.OWN_AXES,
        title=base.title("Seeds that haven't reached the target", *subtitle),
        height=height,
        description=describe(data, budget),
    )


def until(data: pd.DataFrame, budget: int) -> int:
    """Where the axis ends: at the budget, or past the last seed that got there, if all did."""
    at_zero = data.loc[data["value"] == 0].groupby("label")["steps"].min()
    if len(at_zero) < data["label"].nunique() or at_zero.empty:
        return budget
    return min(budget, math.ceil(1.3 * float(at_zero.max())))


def describe(data: pd.DataFrame, budget: int) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return "No activation was trained towards a target here."
    half = data.loc[data["value"] <= 0.5].groupby("label")["steps"].min().sort_values()
    told = "; ".join(f"{label} at {steps:,.0f} steps" for label, steps in half.head(3).items())
    return (
        "Line chart of the share of seeds that haven't reached the target over "
        f"{budget:,} training steps, {data['label'].nunique()} activations, 95 % bands; lower is "
        f"better. Half of the seeds are there first for: {told or 'none'}."
    )


def means(frame: pd.DataFrame, *subtitle: str) -> alt.LayerChart:
    """Mean times in rows, the soonest first; the frame is from ``mean_steps``."""
    frame = frame.sort_values(["mean_steps", "label"])
    numbers = zip(frame["mean_steps"], frame["mean_low"], frame["mean_high"], strict=True)
    never = [
        f"{missed} of {plural(n, 'seed')} never" if missed else f"all of {plural(n, 'seed')}"
        for missed, n in zip(frame["n_missed"], frame["n_seeds"], strict=True)
    ]
    data = pd.DataFrame(
        {
            "label": frame["label"],
            "value": frame["mean_steps"],
            "low": frame["mean_low"],
            "high": frame["mean_high"],
            "shown": [with_interval(*each, format_steps) for each in numbers],
            "note": never,
            "is_filled": frame["n_missed"] == 0,
        }
    )
    ends = around([0.0, *data["value"], *data["high"]])
    x = linear("mean training steps, up to the budget", (0.0, ends[1]), "format(datum.value, ',')")
    told = [f"{row.label} {row.shown}, {row.note}" for row in data.itertuples()]
    description = (
        f"Dot plot of mean training steps to the target for {dots.range_of(told)}, the soonest "
        f"first, with 95 % intervals. From {told[0]} to {told[-1]}."
        if told
        else "No activation was trained towards a target here."
    )
    words = dots.Words("Mean steps to the target", subtitle, "mean training steps", description)
    return dots.chart(data, x, words)
