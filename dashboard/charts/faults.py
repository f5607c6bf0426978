"""Page faults per call against size: how often a call has to ask the system for memory."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts import axes, base
from dashboard.colors import NEUTRAL
from dashboard.words import CONDITIONS

COLUMNS = ("label", "numel", "condition", "faults_per_call")
COUNT = "datum.value < 1000 ? format(datum.value, '~g') : format(datum.value, '~s')"
DASHES = {"default": [1, 0], "arena": [5, 3]}


def prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """The median over activations, with the range over them, per size and condition."""
    data = base.measured(frame, COLUMNS).dropna(subset=["faults_per_call"])
    parts = data.groupby(["numel", "condition"], as_index=False)["faults_per_call"]
    out = parts.agg(["median", "min", "max"]).rename(
        columns={"median": "faults", "min": "low", "max": "high"}
    )
    return out.assign(where=out["condition"].map(lambda name: CONDITIONS.get(name, name)))


def chart(frame: pd.DataFrame, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame holds one row per activation, size and condition."""
    data = prepared(frame)
    sizes = sorted(int(size) for size in data["numel"].unique())
    names = [CONDITIONS[name] for name in DASHES]
    scale = alt.Scale(type="symlog", constant=0.1, nice=False)
    axis = alt.Axis(values=[0, 0.1, 1, 10, 100, 1000, 10_000, 100_000], labelExpr=COUNT)

    def y(field: str) -> alt.Y:
        return alt.Y(
            field, title="page faults per call (count, symlog scale)", scale=scale, axis=axis
        )

    legend = alt.Legend(orient="bottom", symbolStrokeColor=NEUTRAL, symbolStrokeWidth=2)
    series = alt.Chart(data).encode(
        x=axes.of_sizes(sizes),
        tooltip=[
            alt.Tooltip("where:N", title="condition"),
            alt.Tooltip("numel:Q", title="elements", format=","),
            alt.Tooltip("faults:Q", title="median over activations", format=".3~g"),
            alt.Tooltip("low:Q", title="lowest activation", format=".3~g"),
            alt.Tooltip("high:Q", title="highest activation", format=".3~g"),
        ],
    )
    dash = alt.StrokeDash(
        "where:N",
        title=None,
        legend=legend,
        scale=alt.Scale(domain=names, range=list(DASHES.values())),
    )
    layers = (
        series.mark_line(color=NEUTRAL, strokeWidth=2).encode(y=y("faults:Q"), strokeDash=dash),
        series.mark_rule(color=NEUTRAL, strokeWidth=2).encode(y=y("low:Q"), y2="high:Q"),
        series.mark_point(color=NEUTRAL, filled=True, size=55, opacity=1).encode(y=y("faults:Q")),
    )
    return alt.LayerChart(
        layer=list(layers),
        title=base.title("Page faults per call", *subtitle),
        height=400,
        description=describe(data),
    )


def describe(data: pd.DataFrame) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return "Page faults were not counted for this selection."
    told = "; ".join(
        f"{row.faults:.3g} at {row.numel:,} elements with the {row.where}"
        for row in data.itertuples()
    )
    return f"Line chart of page faults per call against elements per call: {told}."
