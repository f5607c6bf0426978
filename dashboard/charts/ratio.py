"""Time relative to ReLU, sorted, with how sure that is and what a single process may see."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from bench_service.quantities import format_ratio
from dashboard.charts import axes, base
from dashboard.colors import NEUTRAL

COLUMNS = ("label", "ratio", "ratio_low", "ratio_high", "process_low", "process_high", "verdict")
DECIDED = ("faster", "slower")


def between(low: float, high: float) -> str:
    """An interval in words; an en dash where there is none."""
    return "–" if math.isnan(low) else f"{format_ratio(low)} to {format_ratio(high)}"


def prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """What the chart draws: one row per measured activation, the fastest first."""
    data = base.measured(frame, COLUMNS).dropna(subset=["ratio"]).sort_values("ratio")
    intervals = zip(data["ratio_low"], data["ratio_high"], strict=True)
    processes = zip(data["process_low"], data["process_high"], strict=True)
    return data.assign(
        interval=[between(*ends) for ends in intervals],
        one_process=[between(*ends) for ends in processes],
        decided=data["verdict"].isin(DECIDED),
    )


def chart(frame: pd.DataFrame, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame holds one row per activation, all at one size."""
    data = prepared(frame)
    labels = list(data["label"])
    drawn = data[["ratio", "ratio_low", "ratio_high", "process_low", "process_high"]]
    ends = axes.domain([1 / 1.02, 1.02, *drawn.to_numpy().ravel()], room=0.1)
    x = axes.of_ratio("time relative to ReLU (×, log scale)", ends)
    rows = alt.Chart(data).encode(
        y=base.rows_of(labels),
        color=base.color(labels),
        tooltip=[
            alt.Tooltip("label:N", title="activation"),
            alt.Tooltip("ratio:Q", title="time relative to ReLU", format=".3f"),
            alt.Tooltip("interval:N", title="95 % interval"),
            alt.Tooltip("one_process:N", title="95 % of single processes"),
            alt.Tooltip("verdict:N", title="verdict"),
        ],
    )
    one = alt.Chart(pd.DataFrame({"ratio": [1.0], "slower": ["slower ▶"], "faster": ["◀ faster"]}))
    words = one.encode(x=alt.X("ratio:Q", **x), y=alt.value(-9))
    style: dict[str, Any] = {"color": NEUTRAL, "fontSize": 12, "fontWeight": "bold"}
    wide: dict[str, Any] = {"strokeWidth": 8, "opacity": 0.28, "strokeCap": "round"}
    hollow = alt.condition("datum.decided", base.color(labels), alt.value("transparent"))
    layers = (
        *base.line_at_one(x, channel="x"),
        words.mark_text(align="right", dx=-6, **style).encode(text="faster:N"),
        words.mark_text(align="left", dx=6, **style).encode(text="slower:N"),
        rows.mark_rule(**wide).encode(x=alt.X("process_low:Q", **x), x2="process_high:Q"),
        rows.mark_rule(strokeWidth=2.5).encode(x=alt.X("ratio_low:Q", **x), x2="ratio_high:Q"),
        rows.mark_point(size=75, strokeWidth=2).encode(
            x=alt.X("ratio:Q", **x), shape=base.shape(labels), fill=hollow
        ),
    )
    return alt.LayerChart(
        layer=list(layers),
        title=base.title("Time relative to ReLU", *subtitle),
        height=base.height_of_rows(len(labels)),
        description=describe(data),
    )


def describe(data: pd.DataFrame) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return "No activation was measured for this selection."
    first, last = data.iloc[0], data.iloc[-1]
    counts = data["verdict"].value_counts()
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return (
        f"Dot plot of time relative to ReLU on a logarithmic axis for {len(data)} activations, "
        f"sorted; left of 1 is faster. From {first['label']} at {format_ratio(first['ratio'])} "
        f"({first['interval']}) to {last['label']} at {format_ratio(last['ratio'])} "
        f"({last['interval']}), 95 % intervals in brackets. Verdicts: {verdicts or 'none'}."
    )
