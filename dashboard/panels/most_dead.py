"""The answers of the page about neurons, a card each, with what diverged among them."""

from __future__ import annotations

import pandas as pd

from bench_service.analysis.neurons.metrics import NeuronMetric
from bench_service.analysis.training.summary import Summary
from dashboard.panels import best
from dashboard.training.answers_of_neurons import as_rates_rise, most
from dashboard.training.answers_of_rates import diverges
from dashboard.training.rates import Rate
from dashboard.training.selection import ChosenTraining


def cards(
    ended: pd.DataFrame, found: Summary, rate: Rate, about: NeuronMetric, chosen: ChosenTraining
) -> None:
    """Who has most at the chosen rate, who gets there first as it rises, and who diverges."""
    role = tried(ended)
    lost = chosen.shown(found.divergence)
    every = lost.loc[lost["lr_role"] == role] if role else lost
    best.draw(
        [
            (f"Most `{about.name}` at the end, {rate.phrase}", most(rate.of(ended), about)),
            (
                "First as the rate rises",
                as_rates_rise(ended.loc[ended["lr_role"] == role], about) if role else None,
            ),
            ("Diverges most, over all rates", diverges(every)),
        ]
    )


def tried(ended: pd.DataFrame) -> str | None:
    """The role whose slices were trained at several rates; a sweep before tuning."""
    return next((role for role in ("sweep", "tune") if (ended["lr_role"] == role).any()), None)
