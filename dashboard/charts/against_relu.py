"""What every activation scored less what ReLU did, with intervals and verdicts."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts import dots
from dashboard.charts.learning import with_interval
from dashboard.charts.training_axes import PERCENT, PLAIN, around, linear
from dashboard.training.metric import Metric

REACH = 2.5
"""The axis ends at so many times the largest difference; intervals may go on beyond it."""
DECIDED = ("better", "worse")


def prepared(frame: pd.DataFrame, about: Metric) -> pd.DataFrame:
    """What the chart draws: one row per activation with a difference, the best first."""
    data = frame.dropna(subset=["difference"]).sort_values(
        ["difference", "label"], ascending=[not about.is_higher_better, True]
    )
    numbers = zip(data["difference"], data["low"], data["high"], strict=True)
    return pd.DataFrame(
        {
            "label": data["label"],
            "value": data["difference"],
            "low": data["low"],
            "high": data["high"],
            "shown": [with_interval(*each, about.difference) for each in numbers],
            "note": data["verdict"],
            "is_filled": data["verdict"].isin(DECIDED),
        }
    ).reset_index(drop=True)


def chart(frame: pd.DataFrame, about: Metric, *subtitle: str) -> alt.LayerChart:
    """The chart; the frame holds one row per activation other than ReLU."""
    data = prepared(frame, about)
    rope = float(frame["rope"].max()) if len(frame) and frame["rope"].notna().any() else 0.0
    ends = around([0.0, *within_reach(data)], least=rope, room=0.1)
    name = f"{about.name} − ReLU's ({'points' if about.is_share else '1'})"
    better, worse = ("▶", "◀") if about.is_higher_better else ("◀", "▶")
    right_is_better = about.is_higher_better
    words = dots.Words(
        f"{about.name.capitalize()} against ReLU",
        subtitle,
        "difference to ReLU",
        describe(data, about),
        left=f"{worse} worse" if right_is_better else f"{better} better",
        right=f"better {better}" if right_is_better else f"worse {worse}",
    )
    x = linear(name, ends, PERCENT.replace(" %", "") if about.is_share else PLAIN)
    return dots.chart(data, x, words, line_at=0.0, tolerance=rope)


def within_reach(data: pd.DataFrame) -> list[float]:
    """Differences and the ends of intervals, these no further out than matters.

    A seed that is about to diverge has a loss of any size, and would leave no room for the others.
    """
    reach = REACH * float(data["value"].abs().max()) if len(data) else 0.0
    ends = pd.concat([data["low"], data["high"]]).clip(-reach, reach)
    return [*data["value"], *ends]


def describe(data: pd.DataFrame, about: Metric) -> str:
    """The chart in words, for whoever doesn't see it."""
    if data.empty:
        return "No activation other than ReLU has a score to compare here."
    first, last = data.iloc[0], data.iloc[-1]
    counts = data["note"].value_counts()
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return (
        f"Dot plot of {about.name} less ReLU's for {dots.range_of(list(data['label']))}, the best "
        f"first; {about.direction}. From {first['label']}, {first['shown']}, to {last['label']}, "
        f"{last['shown']}; 95 % intervals in brackets. Verdicts: {verdicts}."
    )
