"""Sentences about neurons, never without what diverged."""

from __future__ import annotations

import math

import pandas as pd

from bench_service.analysis.neurons.metrics import NEURON_METRICS
from dashboard.training.answers_of_neurons import as_rates_rise, most, telling

DEAD = NEURON_METRICS["grad_dead"]
NAN = math.nan


def final(label, lr, median, n_diverged=0, **more):
    row = {"label": label, "lr": lr, "median": median, "low": median, "high": median,
           "n_seeds": 12 - n_diverged, "n_diverged": n_diverged, "n_slices": 12}  # fmt: skip
    return row | more


def test_who_has_most_dead_units_is_named_with_those_that_have_no_networks():
    rows = [
        final("relu", 1, 0.4, low=0.3, high=0.6),
        final("tanh", 1, 0.0, 4),
        final("elu", 1, NAN, 12),
    ]
    answer = most(pd.DataFrame(rows), DEAD)
    assert (answer.headline, answer.ratio) == ("relu", "grad_dead 40 % (30 % to 60 %)")
    assert answer.sentences == (
        "Then: tanh 0 %.",
        "No number, for all of its seeds diverged: elu.",
        "Diverged and not counted: tanh (4 of 12).",
    )


def test_no_dead_unit_is_no_praise_where_others_diverged():
    answer = most(pd.DataFrame([final("relu", 1, 0.0), final("leaky", 1, NAN, 12)]), DEAD)
    assert answer.headline == "Nobody"
    assert "No number, for all of its seeds diverged: leaky." in answer.sentences
    assert most(pd.DataFrame([final("leaky", 1, NAN, 12)]), DEAD).headline == "Nobody is left"


def test_the_first_to_die_as_rates_rise_is_named_with_the_rate():
    rows = [final("relu", 0.1, 0.05), final("relu", 0.3, 0.4), final("relu", 1, 1.0),
            final("tanh", 0.1, 0.0), final("tanh", 1, 0.8), final("leaky", 1, 0.0)]  # fmt: skip
    answer = as_rates_rise(pd.DataFrame(rows), DEAD)
    assert (answer.headline, answer.ratio) == ("relu", "From a rate of 0.3 on")
    assert answer.sentences[0] == "10 % of the units or more: relu from 0.3 and tanh from 1."
    assert answer.sentences[1].startswith("At no rate: leaky. See what diverged")
    assert as_rates_rise(pd.DataFrame(rows[:1]), DEAD) is None, "one rate says nothing"
    assert as_rates_rise(pd.DataFrame(rows), NEURON_METRICS["mean_shift"]) is None


def test_the_rate_to_look_at_is_where_units_are_dying():
    rows = [final("relu", 0.1, 0.02), final("relu", 0.3, 0.4), final("relu", 1, 1.0)]
    assert telling(pd.DataFrame(rows)) == 0.3
    assert telling(pd.DataFrame([final("relu", 1, NAN)])) is None
