"""Axes with round marks, and names of lines that don't cover each other."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts import axes, naming


@pytest.mark.parametrize(
    ("ends", "marks"),
    [
        ((0.97, 1.04), [0.97, 0.98, 0.99, 1.0, 1.01, 1.02, 1.03, 1.04]),
        ((0.9, 2.4), [1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 2.4]),
        ((0.9, 6.3), [1.0, 1.5, 2.0, 3.0, 4.0, 6.0]),
        ((0.5, 40.0), [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
    ],
)
def test_ratios_are_marked_evenly_near_one_and_doubled_far_from_it(ends, marks):
    assert axes.ratios(*ends, limit=8) == pytest.approx(marks)


def test_times_are_marked_at_one_two_five_or_at_powers_of_ten():
    assert axes.decades(4e-5, 4e-4) == pytest.approx([5e-5, 1e-4, 2e-4])
    assert axes.decades(13e-6, 14.6e-6) == pytest.approx([13e-6, 13.5e-6, 14e-6, 14.5e-6])
    assert axes.decades(1e-7, 1e-2) == pytest.approx([1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2])


@given(st.floats(1e-9, 1e3), st.floats(1.01, 1e8))
def test_there_are_some_marks_and_not_many_all_within_the_ends(low, factor):
    high = low * factor
    for marks in (axes.decades(low, high), axes.ratios(low, high)):
        assert 1 <= len(marks) <= 9
        assert all(low * 0.999 <= mark <= high * 1.001 for mark in marks)


def test_the_ends_hold_everything_and_some_room():
    low, high = axes.domain([0.9, float("nan"), 3.0])
    assert low < 0.9
    assert high > 3.0
    assert axes.domain([]) == pytest.approx(axes.domain([0.5, 2.0]))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_names_keep_their_order_and_their_distance(wanted):
    wanted = sorted(wanted)
    places = naming.apart(wanted, 0.02, 0.0, 1.0)
    for before, after in itertools.pairwise(places):
        assert after - before >= 0.02 - 1e-9
    assert min(places) >= 0.0
    assert max(places) <= 1.0 + 1e-9


def test_names_that_are_apart_stay_where_they_are():
    assert naming.apart([0.1, 0.5, 0.9], 0.05, 0.0, 1.0) == pytest.approx([0.1, 0.5, 0.9])


def test_names_that_meet_move_apart_by_as_little_as_can_be():
    assert naming.apart([0.5, 0.5], 0.1, 0.0, 1.0) == pytest.approx([0.45, 0.55])


def test_a_name_stands_at_the_largest_size_of_its_line():
    data = pd.DataFrame({"label": ["a", "a"], "numel": [16, 4], "value": [3.0, 1.0]})
    named = naming.at_line_ends(data, (0.5, 4.0), 300)
    assert named.to_dict("records")[0] == pytest.approx(
        {"label": "a", "numel": 16, "value": 3.0, "place": 3.0}
    )
