"""Units that die and that come back between two looks, and how many are dead at each."""

from __future__ import annotations

import altair as alt
import pandas as pd

from bench_service.quantities import format_share
from dashboard.charts import base
from dashboard.charts.training_axes import PERCENT, around, linear
from dashboard.colors import NEUTRAL, look
from dashboard.words import percent

KINDS = ("deaths", "revivals")
LEAST = 0.02
"""The axis spans that share of the units at least: where none dies, that is what it shows."""


def prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """What the bars are: a row per look and kind, revivals downwards."""
    rows = frame.sort_values("steps")
    parts = [
        pd.DataFrame(
            {
                "step": [f"{step:,}" for step in rows["steps"]],
                "kind": kind,
                "share": sign * rows[kind],
                "shown": [percent(value) for value in rows[kind]],
                "seeds": rows["n_seeds"],
            }
        )
        for kind, sign in zip(KINDS, (1.0, -1.0), strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def chart(frame: pd.DataFrame, label: str, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame is from ``turnover``, of one activation, rate and definition."""
    data = prepared(frame)
    dead = frame.sort_values("steps").assign(
        step=[f"{step:,}" for step in sorted(frame["steps"])],
        shown=[format_share(value) for value in frame.sort_values("steps")["dead"]],
    )[["step", "dead", "shown"]]
    order = list(dead["step"])
    ends = around([0.0, *data["share"], *dead["dead"]], least=LEAST)
    y = linear("units (%): deaths up, revivals down", ends, PERCENT)
    x = alt.X("step:N", sort=order, title="training steps", axis=alt.Axis(labelAngle=0))
    color = look(label).color
    bars = alt.Chart(data).encode(
        x=x,
        y=alt.Y("share:Q", **y),
        tooltip=[
            alt.Tooltip("step:N", title="up to step"),
            alt.Tooltip("kind:N", title="what"),
            alt.Tooltip("shown:N", title="units"),
            alt.Tooltip("seeds:Q", title="seeds"),
        ],
    )
    filled = alt.condition("datum.kind == 'deaths'", alt.value(0.75), alt.value(0.0))
    line = alt.Chart(dead).encode(x=x, y=alt.Y("dead:Q", **y), tooltip=[
        alt.Tooltip("step:N", title="at step"), alt.Tooltip("shown:N", title="dead"),
    ])  # fmt: skip
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=NEUTRAL)
    layers = (
        bars.mark_bar(fill=color, stroke=color, strokeWidth=1.5).encode(fillOpacity=filled),
        zero.encode(y=alt.Y("zero:Q", **y)),
        line.mark_line(color=color, strokeDash=list(look(label).dash), strokeWidth=1.75),
        line.mark_point(color=color, filled=True, size=55, opacity=1, shape=look(label).shape),
    )
    return alt.LayerChart(
        layer=list(layers),
        title=base.title("Deaths, revivals, and who is dead", *subtitle),
        height=380,
        description=describe(dead, frame, label),
    )


def describe(dead: pd.DataFrame, frame: pd.DataFrame, label: str) -> str:
    """The chart in words, for whoever doesn't see it."""
    if dead.empty:
        return f"No bits of the units of {label} were kept for this selection."
    first, last = dead.iloc[0], dead.iloc[-1]
    return (
        f"Bar chart of the units of {label} that died and that came back between two looks, with "
        f"a line of those that are dead: {first['shown']} at step {first['step']}, "
        f"{last['shown']} at step {last['step']}; deaths add up to "
        f"{format_share(frame['deaths'].sum())} of the units and revivals to "
        f"{format_share(frame['revivals'].sum())}."
    )
