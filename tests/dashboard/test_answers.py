"""Sentences that say no more than the intervals do."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.answers import compared, fastest, middle
from dashboard.evidence import coverage, trust
from dashboard.ranking import leaders, place, places

EMPTY = {
    "status": "ok", "quality": "stable", "time_ns": 1000.0, "verdict": "slower",
    "n_processes": 20, "spread_seconds": 41.0, "aa_ratio": 1.0, "aa_low": 0.99, "aa_high": 1.01,
    "flagged_share": 0.02, "group": "a",
}  # fmt: skip


def row(label, low, high, **more):
    """A measured row whose ratio is in the middle of its interval."""
    ends = {"ratio_low": low, "ratio": (low * high) ** 0.5, "ratio_high": high}
    return {**EMPTY, "label": label, **ends, **more}


def frame(*rows):
    return pd.DataFrame(list(rows))


RELU = row("relu", 0.99, 1.01, verdict="equivalent")


def test_overlapping_intervals_share_places():
    ranked = places(frame(row("a", 1.0, 1.2), row("b", 1.1, 1.3), row("c", 1.25, 1.4)))
    assert list(ranked["label"]) == ["a", "b", "c"]
    assert list(ranked["best"]) == [1, 1, 2]
    assert list(ranked["worst"]) == [2, 3, 3]
    assert leaders(ranked) == ["a", "b"]


def test_places_far_apart_are_single_numbers():
    ranked = places(frame(row("a", 1.0, 1.1), row("b", 2.0, 2.1)))
    spans = zip(ranked["best"], ranked["worst"], strict=True)
    assert [place(*span) for span in spans] == ["1", "2"]
    assert place(2, 4) == "2–4"


def test_what_failed_or_is_invalid_takes_no_place():
    bad = row("b", 0.1, 0.2, quality="invalid")
    lost = row("c", 0.1, 0.2, status="failed")
    assert list(places(frame(RELU, bad, lost))["label"]) == ["relu"]


def test_one_that_surely_leads_is_named_with_its_interval():
    answer = fastest(frame(RELU, row("hardtanh", 0.92, 0.94, verdict="faster")))
    assert answer.headline == "hardtanh"
    assert answer.ratio == "0.930 × ReLU (0.920 to 0.940)"
    assert answer.sentences[0] == "It takes 7 % less time than ReLU: 1 µs a call."


def test_those_that_can_t_be_told_apart_share_the_headline():
    answer = fastest(frame(RELU, row("relu6", 0.985, 1.005, verdict="equivalent")))
    assert answer.headline == "relu6 and relu"
    assert "share the first place" in answer.sentences[0]
    assert "As fast as ReLU, for all that matters: relu6." in answer.sentences


def test_relu_is_never_given_as_a_multiple_of_itself():
    first = row("relu", 0.98, 1.0, verdict="equivalent", time_ns=2000.0)
    answer = fastest(frame(first, row("relu6", 0.985, 1.005, verdict="equivalent")))
    assert answer.headline == "relu and relu6"
    assert answer.ratio == ""
    assert answer.sentences[0] == (
        "These 2 share the first place: their intervals overlap. ReLU takes 2 µs a call."
    )


def test_relu_alone_in_front_is_beaten_by_nothing():
    answer = fastest(frame(RELU, row("gelu", 4.3, 4.5)))
    assert answer.headline == "relu"
    assert answer.ratio == ""
    assert answer.sentences[0].startswith("Nothing timed here beats ReLU")


def test_inconclusive_is_said_and_never_called_equal():
    answer = fastest(frame(RELU, row("abs", 0.9, 1.2, verdict="inconclusive")))
    assert "Can't be told apart from ReLU yet: abs." in answer.sentences
    assert not any("As fast as" in sentence for sentence in answer.sentences)


def test_what_is_left_out_is_named():
    answer = fastest(
        frame(RELU, row("a", 0.5, 0.6, quality="invalid"), row("b", 1, 1, status="failed"))
    )
    said = " ".join(answer.sentences)
    assert "Left out as invalid: a." in said
    assert "Not measured: b" in said


def test_nothing_measured_is_no_answer():
    assert fastest(frame(row("gelu", 1, 1, status="failed"))).headline == "No answer"


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.88, "12 % less time than ReLU"),
        (1.004, "0.4 % more time than ReLU"),
        (1.22, "22 % more time than ReLU"),
        (2.4, "2.4 times as long as ReLU"),
    ],
)
def test_a_ratio_is_said_as_people_say_it(ratio, words):
    assert compared(ratio) == words


def test_trust_tells_children_time_and_the_noise_of_the_same_rounds():
    told = trust(frame(RELU, row("gelu", 4.3, 4.5, n_processes=30)))
    assert told["Child processes"] == "20 to 30"
    assert told["Spread over"] == "41 s"
    assert told["ReLU against itself"] == "1.000 (0.990 to 1.010)"
    assert told["Half-width of a ratio"].startswith("±1.")


def test_the_noise_told_is_that_of_the_rounds_worst_off():
    noisy = row("gelu", 4.3, 4.5, group="b", aa_ratio=0.96, aa_low=0.93, aa_high=0.99)
    told = trust(frame(row("relu", 0.99, 1.01, group="a"), noisy))
    assert told["ReLU against itself"] == "0.960 (0.930 to 0.990)"


def test_trust_in_nothing_is_nothing():
    assert trust(frame(row("gelu", 1, 1, status="failed"))) == {}


def test_coverage_counts_what_is_missing():
    assert coverage(17, 40, 3, 0) == "17 of 40 cases, 3 failed"
    assert coverage(1, 1, 0, 2) == "1 of 1 case, 2 skipped"


def test_the_size_to_answer_for_is_the_middle_one():
    assert middle([1024, 65_536, 1_048_576]) == 65_536
    assert middle([8]) == 8
