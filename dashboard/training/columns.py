"""Columns of tables about training: where values are, headings, what they mean, how to print."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from bench_service.analysis.neurons.metrics import HEADLINE, NEURON_METRICS, NeuronMetric
from bench_service.quantities import (
    format_number,
    format_p,
    format_ratio,
    format_seconds,
    format_share,
    format_steps,
)
from dashboard.tabular import Column
from dashboard.training.metric import Metric
from dashboard.training.rates import TUNED

HEADLINE_METRIC = NEURON_METRICS[HEADLINE]


def known(show: Callable[[float], str]) -> Callable[[Any], str]:
    """The same, with an en dash where there is no number."""

    def shown(value: object) -> str:
        number = pd.to_numeric(value)  # type: ignore[call-overload]
        return "–" if pd.isna(number) or math.isinf(number) else show(float(number))

    return shown


def columns(about: Metric, neurons: NeuronMetric = HEADLINE_METRIC) -> dict[str, Column]:
    """Every column of a table about training, by its name in the frame."""
    share_of = known(neurons.quantity.show)
    score, difference = known(about.show), known(about.difference)
    share, steps, rate = known(format_share), known(format_steps), known("{:g}".format)
    ratio, p_value = known(format_ratio), known(format_p)
    rows = (
        Column("rank", "Place", "By median; none where a ranking can't be justified", steps),
        Column("label", "Activation"),
        Column("lr", "Rate", "Learning rate", rate),
        Column("lr_role", "Rate set by", "", lambda name: ROLE_WORDS.get(name, name)),
        Column("steps", "Step", "Training steps", steps),
        Column("score", "Median", f"{about.name}, median over seeds; {about.direction}", score),
        Column("median", "Median", "Over seeds", known(format_number)),
        Column("low", "Low", "Lower end of the 95 % interval", known(format_number)),
        Column("high", "High", "Upper end of the 95 % interval", known(format_number)),
        Column("difference", "Less ReLU's", "Median over seeds of the difference", difference),
        Column("difference_low", "Low", "Lower end of its 95 % interval", difference),
        Column("difference_high", "High", "Upper end of its 95 % interval", difference),
        Column("p_holm", "p (Holm)", "Exact signed-rank test, adjusted for all rows", p_value),
        Column("p_better", "Beats ReLU", "Probability of beating ReLU with the same seed", share),
        Column("verdict", "Verdict", "Against ReLU"),
        Column("n_seeds", "Seeds", "That both have", steps),
        Column("n_diverged", "Diverged", "Seeds that diverged", steps),
        Column("reason", "Why", "Why there is no verdict, or no place"),
        Column("mean_steps", "Mean steps", "Up to the budget", steps),
        Column("mean_low", "Low", "Lower end of the 95 % interval", steps),
        Column("mean_high", "High", "Upper end of the 95 % interval", steps),
        Column("median_steps", "Median steps", "None where half of the seeds aren't there", steps),
        Column("n_missed", "Never", "Seeds that never got there", steps),
        Column("missed_rate", "Share never", "", share),
        Column("steps_ratio", "× ReLU", "Mean steps relative to ReLU's; below 1 is sooner", ratio),
        Column("steps_ratio_low", "× low", "Lower end of its 95 % interval", ratio),
        Column("steps_ratio_high", "× high", "Upper end of its 95 % interval", ratio),
        Column("p_steps", "p (Holm)", "Log-rank test by seed, adjusted for all rows", p_value),
        Column("seconds_to_target", "Seconds", "Mean steps × measured step time",
               known(format_seconds)),
        Column("not_reached", "Not there", "Share of seeds, Kaplan-Meier", share),
        Column("best_lr", "Best rate", "By the median on validation data", rate),
        Column("low_lr", "From", "Lowest rate about as good", rate),
        Column("high_lr", "To", "Highest rate about as good", rate),
        Column("lr_width_decades", "Width", "Of that range, in decades", known("{:.2g}".format)),
        Column("n_rates", "Rates", "Tried", steps),
        Column("n_rates_failed", "Rates lost", "At which a seed failed", steps),
        Column("n_slices", "Trainings", "That ended by themselves", steps),
        Column("at_lr", "Rate", "Learning rate", rate),
        Column("diverged_rate", "Share diverged", "Share of the trainings", share),
        Column("diverged_low", "Low", "Lower end of Wilson's 95 % interval", share),
        Column("diverged_high", "High", "Upper end of Wilson's 95 % interval", share),
        Column("layer", "Layer"),
        Column("metric", "Metric", "By the name of its definition"),
        Column("share", "Median", "Over the seeds that didn't diverge", share_of),
        Column("share_low", "Low of it", "Lower end of its 95 % interval", share_of),
        Column("share_high", "High of it", "Upper end of its 95 % interval", share_of),
        Column("born_dead", "At the start", "Units dead at step 0, median over seeds", share),
        Column("deaths_in_all", "Deaths", "In all, of all units", share),
        Column("revivals_in_all", "Revivals", "In all, of all units", share),
        Column("dead_at_end", "At the end", "Units dead at the end, median over seeds", share),
        Column("dead_at_end_low", "Low", "Lower end of its 95 % interval", share),
        Column("dead_at_end_high", "High", "Upper end of its 95 % interval", share),
        Column("share_born_dead", "Of them born so", "Dead from the start, of those dead at the "
               "end", share),
        Column("n_ended", "Seeds", "That were networks to the end", steps),
        Column("n_unfinished", "Not counted", "Seeds that diverged, ran out of time or "
               "overflowed", steps),
        Column("status", "Status"),
        Column("seed", "Seed", "", steps),
        Column("n_cases", "Trainings", "", steps),
        Column("command", "Command", "Trains this again"),
    )  # fmt: skip
    return {column.source: column for column in rows}


ROLE_WORDS = {"eval": TUNED, "default": "default", "sweep": "sweep", "tune": "tuning"}
"""Why a training had its rate, in a word."""
