"""Answers in plain sentences, for people who came for one and not for a table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bench_service.quantities import format_ratio, format_time
from dashboard.ranking import leaders, places
from dashboard.words import listing

RELU = "relu"
MUCH = 1.5
"""From here on people say "times as long" rather than "per cent more"."""


@dataclass(frozen=True)
class Answer:
    """Which activation is fastest, in a headline and the sentences that qualify it."""

    headline: str
    ratio: str
    """The leader's ratio to ReLU with its interval; empty where that is ReLU itself."""
    sentences: tuple[str, ...]


def compared(ratio: float) -> str:
    """A ratio to ReLU in words: ``12 % less time than ReLU``, ``2.4 times as long as ReLU``."""
    if ratio >= MUCH:
        return f"{ratio:.2g} times as long as ReLU"
    change = 100 * abs(ratio - 1)
    amount = f"{change:.0f} %" if change >= 1 else f"{change:.1f} %"
    return f"{amount} {'less' if ratio < 1 else 'more'} time than ReLU"


def fastest(frame: pd.DataFrame) -> Answer:
    """The answer for one pass at one size."""
    ranked = places(frame)
    if ranked.empty:
        return Answer("No answer", "", ("Nothing could be measured here; the reasons are below.",))
    first = leaders(ranked)
    top = ranked.iloc[0]
    sentences = [_first(first, top), *_against_relu(ranked), *_slowest(ranked), *_left_out(frame)]
    name = f"{top['label']}: " if len(first) > 1 else ""
    ratio = "" if top["label"] == RELU else name + _with_interval(top)
    return Answer(listing(first, limit=3), ratio, tuple(sentences))


def _with_interval(row: pd.Series) -> str:
    low, high = format_ratio(row["ratio_low"]), format_ratio(row["ratio_high"])
    return f"{format_ratio(row['ratio'])} × ReLU ({low} to {high})"


def _first(names: list[str], top: pd.Series) -> str:
    time = f"{format_time(top['time_ns'])} a call"
    if names == [RELU]:
        return f"Nothing timed here beats ReLU: {time}."
    if len(names) == 1:
        return f"It takes {compared(top['ratio'])}: {time}."
    shared = f"These {len(names)} share the first place: their intervals overlap."
    if top["label"] == RELU:
        return f"{shared} ReLU takes {time}."
    return f"{shared} The smallest estimate is {top['label']}'s, {time}."


def _against_relu(ranked: pd.DataFrame) -> list[str]:
    others = ranked.loc[ranked["label"] != RELU]

    def named(*verdicts: str) -> list[str]:
        return list(others.loc[others["verdict"].isin(verdicts), "label"])

    same, unknown = named("equivalent", "negligible"), named("inconclusive")
    said = []
    if same:
        said.append(f"As fast as ReLU, for all that matters: {listing(same)}.")
    if unknown:
        said.append(f"Can't be told apart from ReLU yet: {listing(unknown)}.")
    if not same and not unknown and len(others):
        said.append("Every other one can be told apart from ReLU.")
    return said


def _slowest(ranked: pd.DataFrame) -> list[str]:
    last = ranked.iloc[-1]
    if len(ranked) < 3 or last["verdict"] != "slower":
        return []
    return [f"Slowest: {last['label']}, {compared(last['ratio'])}."]


def _left_out(frame: pd.DataFrame) -> list[str]:
    invalid = frame.loc[frame["quality"] == "invalid"]
    lost = list(frame.loc[frame["status"] != "ok", "label"])
    said = []
    if len(invalid):
        said.append(f"Left out as invalid: {listing(list(invalid['label']))}.")
    if lost:
        said.append(f"Not measured: {listing(lost)}; the reasons are below.")
    return said


def middle(sizes: list[int]) -> int:
    """The size to answer for where nobody asked for another."""
    return sorted(sizes)[len(sizes) // 2]
