"""What the surroundings of a kernel cost at one size: one row per activation."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts import axes, base
from dashboard.charts.conditions import prepared, tooltip
from dashboard.words import CONDITIONS


def chart(frame: pd.DataFrame, above: str, below: str, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame holds one row per activation and condition, all at one size."""
    data = prepared(frame, above, below).sort_values("value")
    names = CONDITIONS.get(above, above), CONDITIONS.get(below, below)
    labels = list(data["label"])
    ends = axes.domain([0.95, 1.05, *data["low"], *data["high"]])
    x = axes.of_ratio(f"time, {names[0]} ÷ {names[1]} (×)", ends)
    rows = alt.Chart(data).encode(
        y=base.rows_of(labels),
        color=base.color(labels),
        tooltip=tooltip(names),
    )
    layers = (
        *base.line_at_one(x, channel="x"),
        rows.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", **x), x2="high:Q"),
        rows.mark_point(size=75, filled=True, opacity=1).encode(
            x=alt.X("value:Q", **x), shape=base.shape(labels)
        ),
    )
    return alt.LayerChart(
        layer=list(layers),
        title=base.title(f"{names[0].capitalize()} against {names[1]}", *subtitle),
        height=base.height_of_rows(len(labels)),
        description=describe(data, names),
    )


def describe(data: pd.DataFrame, names: tuple[str, str]) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return f"{names[0]} and {names[1]} were not both measured for this selection."
    first, last = data.iloc[0], data.iloc[-1]
    return (
        f"Dot plot of time with {names[0]} over time with {names[1]} at {first['numel']:,} "
        f"elements for {len(data)} activations, sorted, with 95 % intervals. From "
        f"{first['label']}, {first['value']:.3f} ({first['interval']}), "
        f"to {last['label']}, {last['value']:.3f} ({last['interval']})."
    )
