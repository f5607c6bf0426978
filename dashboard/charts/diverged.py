"""Shares of trainings that diverged: in rows with intervals, and rate by rate in a grid."""

from __future__ import annotations

import altair as alt
import pandas as pd

from bench_service.quantities import format_share
from dashboard.charts import base, cells, dots
from dashboard.charts.learning import with_interval
from dashboard.charts.training_axes import share


def rows(frame: pd.DataFrame, *subtitle: str) -> alt.LayerChart:
    """The chart of one rate; the frame has a row per activation."""
    found = frame.sort_values(["diverged_rate", "label"])
    numbers = zip(
        found["diverged_rate"], found["diverged_low"], found["diverged_high"], strict=True
    )
    data = pd.DataFrame(
        {
            "label": found["label"],
            "value": found["diverged_rate"],
            "low": found["diverged_low"],
            "high": found["diverged_high"],
            "shown": [with_interval(*each, format_share) for each in numbers],
            "note": counts(found),
            "is_filled": True,
        }
    )
    told = [f"{row.label} {row.shown}" for row in data.itertuples()]
    description = (
        f"Dot plot of the share of trainings that diverged for {dots.range_of(told)}, the fewest "
        f"first, with Wilson's 95 % intervals. From {told[0]} to {told[-1]}."
        if told
        else "Nothing was trained for this selection."
    )
    words = dots.Words("Share that diverged", subtitle, "diverged", description)
    return dots.chart(data, share("trainings that diverged (%)"), words)


def counts(frame: pd.DataFrame) -> list[str]:
    """How many of how many, for each row: ``2/12``."""
    both = zip(frame["n_diverged"], frame["n_slices"], strict=True)
    return [f"{n}/{of}" for n, of in both]


def grid(frame: pd.DataFrame, *subtitle: str) -> alt.LayerChart:
    """The grid of activations and rates; the frame has a row per activation and rate."""
    numbers = zip(
        frame["diverged_rate"], frame["diverged_low"], frame["diverged_high"], strict=True
    )
    data = pd.DataFrame(
        {
            "row": frame["label"],
            "column": [f"{lr:g}" for lr in frame["at_lr"]],
            "level": frame["diverged_rate"],
            "text": counts(frame),
            "shown": [with_interval(*each, format_share) for each in numbers],
        }
    )
    rates = [f"{lr:g}" for lr in sorted(frame["at_lr"].unique())]
    lost = frame.groupby("label")["n_diverged"].sum().sort_values(ascending=False)
    told = ", ".join(f"{label} {n}" for label, n in lost.head(5).items())
    return cells.chart(
        data,
        rows=base.in_order(list(frame["label"])),
        columns=rates,
        axis="learning rate",
        title=base.title("Diverged of trained, by rate", *subtitle),
        value="diverged",
        description=(
            f"Grid of the share of trainings that diverged, {frame['label'].nunique()} activations "
            f"by {len(rates)} learning rates, the count in each cell. In all: {told}."
        ),
    )
