"""Sentences about who trains best, which say no more than verdicts, intervals and counts do."""

from __future__ import annotations

import pandas as pd

from dashboard.training.answers import CANT_TELL, trains_best
from dashboard.training.metric import Metric

LOSS, ACCURACY = Metric("test_loss"), Metric("test_accuracy")


def rank(label, score, place, **more):
    row = {"label": label, "score": score, "rank": place, "reason": "", "n_seeds": 12,
           "n_diverged": 0}  # fmt: skip
    return row | more


def difference(label, value, verdict, **more):
    row = {"label": label, "difference": value, "low": value - 0.01, "high": value + 0.01,
           "p_holm": 0.003, "relu_score": 0.2, "verdict": verdict}  # fmt: skip
    return row | more


def best(ranks, differences, about=LOSS):
    columns = list(difference("", 0.0, ""))
    return trains_best(pd.DataFrame(ranks), pd.DataFrame(differences, columns=columns), about)


RELU = rank("relu", 0.2, 2)


def test_the_winner_is_named_with_how_much_and_how_sure():
    answer = best([RELU, rank("gelu", 0.15, 1)], [difference("gelu", -0.05, "better")])
    assert answer.headline == "gelu"
    assert answer.ratio == "gelu: test loss 0.05 lower than ReLU's, 25 % of it (−0.06 to −0.04)"
    assert answer.sentences == ("With the same seeds, p = 0.003 after Holm.",)


def test_accuracies_differ_by_points():
    ranks = [rank("relu", 0.9, 2), rank("gelu", 0.95, 1)]
    answer = best(ranks, [difference("gelu", 0.05, "better")], ACCURACY)
    assert answer.ratio == (
        "gelu: test accuracy 5 points higher than ReLU's (+4 points to +6 points)"
    )


def test_several_winners_are_not_held_against_each_other():
    ranks = [rank("silu", 0.14, 1), rank("gelu", 0.15, 2), RELU]
    answer = best(ranks, [difference(name, -0.05, "better") for name in ("gelu", "silu")])
    assert answer.headline == "silu and gelu"
    assert (
        "Both train better than ReLU; they weren't tested against each other."
        in (answer.sentences[0])
    )


def test_without_a_verdict_nobody_wins_though_one_has_the_best_median():
    answer = best([RELU, rank("gelu", 0.15, 1)], [difference("gelu", -0.05, "inconclusive")])
    assert answer.headline == "No winner"
    assert answer.sentences == (
        "Nothing is shown to train better than ReLU.",
        "The lowest median is gelu's, 0.15.",
        "Can't be told apart from ReLU yet: gelu.",
    )


def test_where_all_others_are_worse_relu_wins():
    ranks = [rank("relu", 0.1, 1), rank("elu", 0.2, 2)]
    answer = best(ranks, [difference("elu", 0.1, "worse")])
    assert (answer.headline, answer.sentences) == ("relu", ("Every other one trains worse.",))


def test_equal_is_said_only_where_it_was_shown():
    answer = best([RELU, rank("celu", 0.2, 2)], [difference("celu", 0.0, "equivalent")])
    assert answer.headline == "No winner"
    assert "As good as ReLU, for all that matters: celu." in answer.sentences


def test_a_refused_ranking_says_why_and_names_no_winner():
    why = "4 seeds; at least 10 are needed"
    ranks = [rank("relu", 0.2, pd.NA, reason=why), rank("gelu", 0.1, pd.NA, reason=why)]
    answer = best(ranks, [difference("gelu", -0.1, "better")])
    assert answer.headline == CANT_TELL
    assert answer.sentences[0] == f"No ranking: {why}."


def test_one_that_is_refused_is_left_out_with_its_reason():
    edge = "its rate 0.1 is the highest tried: a higher one may be better"
    ranks = [RELU, rank("gelu", 0.1, pd.NA, reason=edge)]
    answer = best(ranks, [difference("gelu", -0.1, "better")])
    assert answer.headline == CANT_TELL
    assert f"Not ranked: gelu ({edge})." in answer.sentences


def test_without_relu_there_is_no_answer():
    answer = best([rank("gelu", 0.1, 1)], [])
    assert answer.headline == CANT_TELL
    assert "nothing to hold them against" in answer.sentences[0]


def test_what_diverged_is_counted_beside_the_answer():
    answer = best([RELU, rank("elu", 2.3, 2, n_diverged=5)], [difference("elu", 2.1, "worse")])
    assert "Diverged, and counted as chance: elu (5 of 12)." in answer.sentences


def test_nothing_trained_is_no_answer():
    assert best([], []) is None
