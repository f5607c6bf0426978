"""Whose neurons die, in plain sentences: never without what diverged."""

from __future__ import annotations

import pandas as pd

from bench_service.analysis.neurons.metrics import NeuronMetric
from bench_service.quantities import format_share
from dashboard.answers import Answer
from dashboard.words import listing

NOTICED = 0.1
"""From this share of units on people speak of dying neurons."""
SOME = format_share(NOTICED)


def most(here: pd.DataFrame, about: NeuronMetric) -> Answer | None:
    """Who has most of a metric at the end, at one rate; None where nobody was looked at.

    ``here`` has a row per activation: its label, ``median, low, high``, and how many seeds were
    networks at the end and how many had diverged.
    """
    if here.empty:
        return None
    known = here.dropna(subset=["median"]).sort_values(["median", "label"], ascending=[False, True])
    lost = here.loc[here["median"].isna()]
    gone = [f"No number, for all of its seeds diverged: {listing(sorted(lost['label']))}."]
    if known.empty:
        return Answer("Nobody is left", "", tuple(gone))
    top = known.iloc[0]
    said = [_others(known, about), *(gone if len(lost) else []), *_partly(known)]
    if top["median"] == 0:
        return Answer("Nobody", "", (f"{about.name} is 0 for each of them.", *said[1:]))
    alike = known.loc[known["median"] == top["median"], "label"]
    return Answer(listing(list(alike), limit=3), _with_interval(top, about), tuple(said))


def _with_interval(row: pd.Series, about: NeuronMetric) -> str:
    show = about.quantity.show
    text = f"{about.name} {show(row['median'])}"
    if pd.isna(row["low"]):
        return f"{text} (no interval)"
    return f"{text} ({show(row['low'])} to {show(row['high'])})"


def _others(known: pd.DataFrame, about: NeuronMetric) -> str:
    show = about.quantity.show
    rest = known.iloc[1:]
    told = [f"{label} {show(v)}" for label, v in zip(rest["label"], rest["median"], strict=True)]
    return f"Then: {listing(told, limit=8)}." if told else "No other one was looked at."


def _partly(known: pd.DataFrame) -> list[str]:
    partly = known.loc[known["n_diverged"] > 0]
    counts = zip(partly["label"], partly["n_diverged"], partly["n_slices"], strict=True)
    told = [f"{label} ({lost} of {of})" for label, lost, of in counts]
    return [f"Diverged and not counted: {listing(told)}."] if told else []


def as_rates_rise(finals: pd.DataFrame, about: NeuronMetric) -> Answer | None:
    """Who dies first as the rate rises; None where one rate was tried, or it isn't of units."""
    if finals["lr"].nunique() < 2 or not about.is_mask:
        return None
    dying = finals.loc[finals["median"] >= NOTICED].sort_values("lr")
    by_label = dying.groupby("label")["lr"].min().sort_values(kind="stable")
    if by_label.empty:
        return Answer("Nobody", "", (f"At no rate are {SOME} of the units there.",))
    first = sorted(by_label.index[by_label == by_label.iloc[0]])
    told = [f"{label} from {lr:g}" for label, lr in by_label.items()]
    never = sorted(set(finals["label"]) - set(by_label.index))
    said = [f"{SOME} of the units or more: {listing(told, limit=8)}."]
    if never:
        said.append(f"At no rate: {listing(never)}. See what diverged before praising them.")
    return Answer(listing(first, limit=3), f"From a rate of {by_label.iloc[0]:g} on", tuple(said))


def telling(finals: pd.DataFrame) -> float | None:
    """The rate of a sweep at which units are dying, rather than all alive or all dead."""
    known = finals.dropna(subset=["median"])
    if known.empty:
        return None
    between = (known["median"] * (1 - known["median"])).groupby(known["lr"]).sum()
    return float(between.idxmax())  # type: ignore[arg-type]
