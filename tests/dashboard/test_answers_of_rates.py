"""Sentences about times to a target, about rates and about divergence."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from dashboard.training.answers import CANT_TELL
from dashboard.training.answers_of_rates import diverges, forgiving, soonest

NAN = math.nan


def to_target(label, mean, ratio=NAN, low=NAN, high=NAN, p=NAN, **more):
    row = {"label": label, "mean_steps": mean, "budget": 340.0, "n_seeds": 12, "n_reached": 12,
           "steps_ratio": ratio, "steps_ratio_low": low, "steps_ratio_high": high, "p_holm": p,
           "seconds_to_target": NAN}  # fmt: skip
    return row | more


def test_the_soonest_needs_a_test_and_an_interval_below_1():
    rows = [to_target("relu", 60), to_target("gelu", 40, 0.67, 0.5, 0.8, 0.01)]
    answer = soonest(pd.DataFrame(rows))
    assert (answer.headline, answer.ratio) == (
        "gelu",
        "gelu: 0.670 × ReLU's steps (0.500 to 0.800)",
    )
    unsure = [to_target("relu", 60), to_target("gelu", 40, 0.67, 0.5, 1.1, 0.2)]
    answer = soonest(pd.DataFrame(unsure))
    assert answer.headline == "No winner"
    assert "The fewest on average: gelu, 40 of 340 steps." in answer.sentences


def test_those_that_never_arrive_are_counted():
    rows = [to_target("relu", 60), to_target("elu", 300, 5, 3, 7, 0.001, n_reached=2)]
    answer = soonest(pd.DataFrame(rows))
    assert answer.headline == "relu"
    assert "Not all seeds of these got there: elu (2 of 12)." in answer.sentences
    none = soonest(pd.DataFrame([to_target("relu", 340, n_reached=0)]))
    assert (none.headline, none.sentences) == ("Nobody", ("No seed got there in 340 steps.",))


def test_few_seeds_are_no_verdict_on_times():
    answer = soonest(pd.DataFrame([to_target("relu", 60, n_seeds=3, n_reached=3)]))
    assert answer.headline == CANT_TELL
    assert answer.sentences[0] == "No verdict below 6 seeds."


def test_seconds_are_told_where_a_step_was_timed():
    timed = [
        to_target("relu", 60, seconds_to_target=0.06),
        to_target("gelu", 40, 0.67, 0.5, 0.8, 0.01, seconds_to_target=0.09),
    ]
    said = soonest(pd.DataFrame(timed)).sentences
    assert "In seconds, with the measured time of a step: relu, 60 ms." in said


def good(label, low, high, **more):
    width = math.log10(high / low)
    return {"label": label, "low_lr": low, "high_lr": high, "best_lr": low,
            "lr_width_decades": width, "is_open": False, "n_rates": 7} | more  # fmt: skip


def test_the_widest_range_of_rates_is_named_with_its_ends():
    answer = forgiving(pd.DataFrame([good("relu", 0.01, 0.1), good("elu", 0.1, 0.1)]))
    assert (answer.headline, answer.ratio) == ("relu", "Good over a factor of 10 in the rate")
    assert answer.sentences[0] == "relu from 0.01 to 0.1."
    opened = forgiving(pd.DataFrame([good("relu", 0.01, 0.1, is_open=True), good("elu", 1, 1)]))
    assert opened.sentences[0] == "relu from 0.01 to 0.1, and maybe beyond."


def test_equal_ranges_have_no_winner_and_no_range_nobody():
    rows = [good("relu", 0.1, 0.1), good("elu", 0.1, 0.1)]
    assert forgiving(pd.DataFrame(rows)).headline == "All alike"
    lost = [good("relu", 0.1, 0.1, lr_width_decades=NAN)]
    assert forgiving(pd.DataFrame(lost)).headline == "Nobody"


def test_ties_in_divergence_are_all_named():
    frame = pd.DataFrame(
        [("relu", 0, 24), ("elu", 3, 12), ("elu", 3, 12), ("silu", 6, 24)],
        columns=["label", "n_diverged", "n_slices"],
    )
    answer = diverges(frame)
    assert answer.headline == "elu and silu"
    assert answer.sentences == ("Diverged: elu 6 of 24 and silu 6 of 24.", "Never: relu.")
    assert diverges(frame.iloc[:1]).headline == "Nobody"


@pytest.mark.parametrize("answer", [soonest, forgiving])
def test_nothing_to_answer_from_is_no_card(answer):
    assert answer(pd.DataFrame()) is None
