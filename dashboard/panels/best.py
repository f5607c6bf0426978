"""The answers of the page about convergence, a card each."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bench_service.analysis.training.summary import Summary
from dashboard.answers import Answer
from dashboard.training.answers import trains_best
from dashboard.training.answers_of_rates import diverges, forgiving, soonest
from dashboard.training.metric import Metric
from dashboard.training.rates import Rate
from dashboard.training.selection import ChosenTraining


def cards(found: Summary, rate: Rate, all_rates: list[Rate], chosen: ChosenTraining) -> None:
    """What was found at the chosen rate first, then at the others, and of all rates together."""
    draw(answers(found, rate, all_rates, chosen))


def draw(found: Sequence[tuple[str, Answer | None]]) -> None:
    """A card for each caption that has an answer, side by side where there is room."""
    shown = [(caption, answer) for caption, answer in found if answer is not None]
    if not shown:
        st.markdown("There is nothing to answer from yet.")
        return
    for column, (caption, answer) in zip(st.columns(len(shown)), shown, strict=True):
        with column.container(border=True, height="stretch"):
            st.caption(caption)
            st.header(answer.headline, anchor=False)
            if answer.ratio:
                st.markdown(f"**{answer.ratio}**")
            st.markdown("\n\n".join(answer.sentences))


def answers(
    found: Summary, rate: Rate, all_rates: list[Rate], chosen: ChosenTraining
) -> list[tuple[str, Answer | None]]:
    """Captions and answers; None where there is nothing to answer from."""
    about = metric_of(chosen)
    others = [each for each in all_rates if each.lr is None and each != rate]
    best = [
        (
            f"Trains best {each.phrase}" if chosen.is_trained else "Begins best, untrained",
            trains_best(
                chosen.shown(each.of(found.ranks)), chosen.shown(each.of(found.differences)), about
            ),
        )
        for each in [rate, *others]
    ]
    if not chosen.is_trained:
        return best
    if rate.lr is not None:
        swept = found.divergence.loc[found.divergence["lr_role"] == "sweep"]
        return [
            *best,
            ("Forgives the widest range of rates", forgiving(chosen.shown(found.robustness))),
            ("Diverges most, over all rates", diverges(chosen.shown(swept))),
        ]
    at = rate.phrase
    return [*best, (f"At the target soonest {at}", soonest(chosen.shown(rate.of(found.to_target))))]


def metric_of(chosen: ChosenTraining) -> Metric:
    """The metric that a task is scored by: on test data."""
    return Metric(str(chosen.slices["metric"].iloc[0]).replace("val_", "test_"))
