from __future__ import annotations

import math

import pytest
from frames import beside, frames_of

from bench_service.analysis.drift import Drift, drift
from bench_service.analysis.statistics import Estimate
from bench_service.analysis.timing import view_groups
from bench_service.timing.spec import FLOOR_LABEL


def view(**machine):
    _, blocks, processes = frames_of({**beside(6, **machine), "gelu": [1500.0] * 6})
    return view_groups(blocks, processes)["g"]


def test_the_drift_is_that_of_copy_and_floor():
    found = drift(view(copy=900.0, floor=40.0), view(copy=1350.0, floor=20.0))
    assert found.copy == pytest.approx(math.log(1.5))
    assert found.floor == pytest.approx(math.log(0.5))


def test_a_time_may_have_moved_as_far_as_either_and_a_ratio_as_far_as_they_differ():
    moved = Drift(copy=0.3, floor=-0.1)
    assert moved.of_times == 0.3
    assert moved.of_ratios == pytest.approx(0.4)
    assert Drift(copy=-0.3, floor=-0.3).of_ratios == 0.0


def test_what_was_not_timed_excuses_nothing():
    _, blocks, processes = frames_of({**beside(6), "gelu": [1500.0] * 6})
    without = view_groups(blocks[blocks.label != FLOOR_LABEL], processes)["g"]
    found = drift(without, view())
    assert math.isnan(found.floor)
    assert (found.of_times, found.of_ratios) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("low", "high", "explained"),
    [(0.05, 0.2, True), (0.11, 0.2, False), (-0.2, -0.11, False), (-0.2, -0.05, True)],
)
def test_a_change_is_explained_where_its_interval_meets_the_reach(low, high, explained):
    change = Estimate((low + high) / 2, low, high, 0.01, 9)
    assert Drift(0.1, 0.0).explains(change, 0.1) is explained
