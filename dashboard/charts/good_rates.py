"""The range of learning rates that is about as good as the best one, in rows."""

from __future__ import annotations

import math
from collections.abc import Iterable

import altair as alt
import pandas as pd

from dashboard.charts import dots
from dashboard.charts.training_axes import rate_axis


def prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """What the chart draws: one row per activation with a range, the widest first."""
    known = frame.dropna(subset=["lr_width_decades"]).sort_values(
        ["lr_width_decades", "label"], ascending=[False, True]
    )
    ranges = zip(known["low_lr"], known["high_lr"], known["best_lr"], known["is_open"], strict=True)
    return pd.DataFrame(
        {
            "label": known["label"],
            "value": known["best_lr"],
            "low": known["low_lr"],
            "high": known["high_lr"],
            "shown": [words(*each) for each in ranges],
            "is_filled": ~known["is_open"].astype(bool),
        }
    ).reset_index(drop=True)


def words(low: float, high: float, best: float, is_open: bool) -> str:
    """A range as people say it: ``0.03 to 0.1, best 0.1``."""
    span = f"{low:g} to {high:g}, best {best:g}"
    text = f"{best:g} alone" if math.isclose(low, high) else span
    return text + (", and maybe beyond" if is_open else "")


def chart(frame: pd.DataFrame, tried: Iterable[float], *subtitle: str) -> alt.LayerChart:
    """The chart; the frame is from ``lr_robustness``, with labels."""
    data = prepared(frame)
    x = rate_axis(tried)
    told = [f"{row.label} {row.shown}" for row in data.itertuples()]
    description = (
        f"Dot plot of the learning rates that are about as good as the best one for "
        f"{dots.range_of(told)}, the widest range first: {'; '.join(told[:8])}."
        if told
        else "No activation has a range of good rates: at every rate, a seed failed."
    )
    about = dots.Words("Range of good rates", subtitle, "good rates", description)
    return dots.chart(data, x, about)
