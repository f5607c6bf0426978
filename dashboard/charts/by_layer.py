"""A neuron metric layer by layer over training, as a grid with the number in each cell."""

from __future__ import annotations

import altair as alt
import pandas as pd

from bench_service.analysis.neurons.courses import NETWORK
from bench_service.analysis.neurons.metrics import NeuronMetric
from dashboard.charts import base, cells
from dashboard.charts.learning import with_interval

COLUMNS_MAX = 16
"""Checkpoints in a grid: more numbers don't fit."""


def chart(frame: pd.DataFrame, about: NeuronMetric, *subtitle: str) -> alt.LayerChart:
    """The grid; the frame is from ``courses``, of one activation and rate."""
    steps = sorted(int(step) for step in frame["steps"].unique())
    steps = steps[:: -(-len(steps) // COLUMNS_MAX)] if steps else steps
    found = frame.loc[frame["steps"].isin(steps)]
    numbers = zip(found["median"], found["low"], found["high"], strict=True)
    data = pd.DataFrame(
        {
            "row": [name_of(layer) for layer in found["layer"]],
            "column": [f"{step:,}" for step in found["steps"]],
            "level": found["median"] / scale_of(found, about),
            "text": [about.quantity.show(value) for value in found["median"]],
            "shown": [with_interval(*each, about.quantity.show) for each in numbers],
        }
    )
    rows = [name_of(layer) for layer in layers_of(found)]
    return cells.chart(
        data,
        rows=rows,
        columns=[f"{step:,}" for step in steps],
        axis="training steps",
        title=base.title(f"{about.name}, layer by layer", *subtitle),
        value=about.name,
        description=describe(data, rows, about),
    )


def layers_of(frame: pd.DataFrame) -> list[str]:
    """Layers from the input on, and the whole network last."""
    found = list(dict.fromkeys(frame["layer"]))
    return [*(each for each in found if each != NETWORK), *({NETWORK} & set(found))]


def name_of(layer: str) -> str:
    """A layer as people read it."""
    return "all layers" if layer == NETWORK else layer


def scale_of(frame: pd.DataFrame, about: NeuronMetric) -> float:
    """What the darkest cell stands for: everything for a share, else the largest value."""
    largest = float(frame["median"].max()) if len(frame) else 1.0
    if about.is_share:
        return 1.0
    return largest if largest > 0 else 1.0


def describe(data: pd.DataFrame, rows: list[str], about: NeuronMetric) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return f"Nothing was kept of {about.long_name} for this selection."
    last = data.loc[data["column"] == data["column"].iloc[-1]].set_index("row")["shown"]
    told = "; ".join(f"{row} {last[row]}" for row in rows if row in last)
    return (
        f"Grid of {about.long_name}, {len(rows)} layers by {data['column'].nunique()} looks, the "
        f"median in each cell. At step {data['column'].iloc[-1]}: {told}."
    )
