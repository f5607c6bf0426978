"""Who trains best, in plain sentences that say no more than the verdicts do."""

from __future__ import annotations

import math

import pandas as pd

from bench_service.quantities import format_p
from dashboard.answers import RELU, Answer
from dashboard.training.metric import Metric
from dashboard.words import listing, percent

CANT_TELL = "Can't tell"


def trains_best(ranks: pd.DataFrame, differences: pd.DataFrame, about: Metric) -> Answer | None:
    """The answer for one way to set the rate; None where nothing was trained so.

    ``ranks`` and ``differences`` have a row per activation, with its label.
    """
    if ranks.empty:
        return None
    ranked = ranks.loc[ranks["reason"] == ""].sort_values(["rank", "label"])
    refused = ranks.loc[ranks["reason"] != ""]
    if ranked.empty:
        said = [*_refusals(refused, every=True), *_best_median(ranks, about), *_diverged(ranks)]
        return Answer(CANT_TELL, "", tuple(said))
    known = differences.loc[differences["label"].isin(ranked["label"])]
    winners = _named(ranked, known, "better")
    said = [
        *_against_relu(known, ranked),
        *_refusals(refused, every=False),
        *_diverged(ranks),
    ]
    if winners:
        return _won(winners, known, about, said)
    if RELU not in set(ranked["label"]):
        reason = "ReLU isn't among those that can be ranked: there is nothing to hold them against."
        return Answer(CANT_TELL, "", (reason, *_best_median(ranks, about), *said))
    if len(known) and (known["verdict"] == "worse").all():
        return Answer(RELU, "", ("Every other one trains worse.", *said))
    if known.empty:
        return Answer(CANT_TELL, "", ("Nothing but ReLU can be ranked here.", *said))
    first = "Nothing is shown to train better than ReLU."
    return Answer("No winner", "", (first, *_best_median(ranked, about), *said))


def _won(winners: list[str], known: pd.DataFrame, about: Metric, said: list[str]) -> Answer:
    top = known.loc[known["label"] == winners[0]].iloc[0]
    share = abs(top["difference"] / top["relu_score"]) if top["relu_score"] else math.nan
    relative = "" if math.isnan(share) or about.is_share else f", {percent(share)} of it"
    told = (
        f"{winners[0]}: {about.name} {about.amount(top['difference'])} than ReLU's{relative} "
        f"({about.difference(top['low'])} to {about.difference(top['high'])})"
    )
    first = f"With the same seeds, p = {format_p(top['p_holm'])} after Holm."
    if len(winners) > 1:
        every = "Both" if len(winners) == 2 else f"All {len(winners)}"
        first += f" {every} train better than ReLU; they weren't tested against each other."
    return Answer(listing(winners, limit=3), told, (first, *said))


def _named(ranked: pd.DataFrame, known: pd.DataFrame, *verdicts: str) -> list[str]:
    """The labels with these verdicts, the best first."""
    found = set(known.loc[known["verdict"].isin(verdicts), "label"])
    return [label for label in ranked["label"] if label in found]


def _against_relu(known: pd.DataFrame, ranked: pd.DataFrame) -> list[str]:
    same = _named(ranked, known, "equivalent")
    unknown = _named(ranked, known, "inconclusive")
    worse = _named(ranked, known, "worse")
    said = []
    if same:
        said.append(f"As good as ReLU, for all that matters: {listing(same)}.")
    if unknown:
        said.append(f"Can't be told apart from ReLU yet: {listing(unknown)}.")
    if worse and (same or unknown or len(worse) < len(known)):
        said.append(f"Worse than ReLU: {listing(worse)}.")
    return said


def _refusals(refused: pd.DataFrame, *, every: bool) -> list[str]:
    """Why these aren't ranked, those of one reason together."""
    if refused.empty:
        return []
    by_reason = refused.groupby("reason", sort=False)["label"].agg(list)
    if every and len(by_reason) == 1:
        return [f"No ranking: {by_reason.index[0]}."]
    return [f"Not ranked: {listing(labels)} ({why})." for why, labels in by_reason.items()]


def _best_median(ranks: pd.DataFrame, about: Metric) -> list[str]:
    known = ranks.dropna(subset=["score"])
    if known.empty:
        return []
    order = known.sort_values(["score", "label"], ascending=[not about.is_higher_better, True])
    top = order.iloc[0]
    word = "highest" if about.is_higher_better else "lowest"
    number = "value" if top["n_seeds"] == 1 else "median"
    told = f"The {word} {number} is {top['label']}'s, {about.show(top['score'])}"
    return [told + (": one seed has no interval." if top["n_seeds"] == 1 else ".")]


def _diverged(ranks: pd.DataFrame) -> list[str]:
    lost = ranks.loc[ranks["n_diverged"] > 0].sort_values("n_diverged", ascending=False)
    if lost.empty:
        return []
    told = [f"{row.label} ({row.n_diverged} of {row.n_seeds})" for row in lost.itertuples()]
    return [f"Diverged, and counted as chance: {listing(told)}."]
