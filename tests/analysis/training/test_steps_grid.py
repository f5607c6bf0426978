from __future__ import annotations

import math

import numpy as np
from curve_frames import curve_row, frame_of

from bench_service.analysis.training.steps_grid import grid_of, on_grid

NAN = math.nan


def gridded(*rows):
    curves = frame_of(rows)
    return on_grid(curves, grid_of(curves))


def test_curves_of_different_lengths_share_the_steps_of_all():
    curves = frame_of([curve_row("relu", 0, [3, 2, 1]), curve_row("relu", 1, [5])])
    assert grid_of(curves).tolist() == [10, 20, 30]
    known = on_grid(curves, grid_of(curves)).known
    np.testing.assert_array_equal(known, [[3, 2, 1], [5, NAN, NAN]])


def test_a_diverged_slice_has_diverged_from_its_first_value_that_isnt_one():
    found = gridded(curve_row("relu", 0, [3, math.inf, 1], status="diverged"))
    np.testing.assert_array_equal(found.known, [[3, NAN, NAN]])
    assert found.is_diverged.tolist() == [[False, True, True]]


def test_a_diverged_slice_that_was_no_longer_looked_at_has_diverged_past_its_last_step():
    found = gridded(
        curve_row("relu", 0, [3, 2, 1]), curve_row("relu", 1, [4, NAN], status="diverged"),
        curve_row("relu", 2, [4], status="diverged"), curve_row("relu", 3, [], status="diverged"),
    )  # fmt: skip
    assert found.is_diverged.tolist() == [
        [False] * 3, [False, True, True], [False, True, True], [True] * 3,
    ]  # fmt: skip


def test_a_slice_whose_time_ran_out_has_not_diverged():
    found = gridded(curve_row("relu", 0, [3, 2]), curve_row("relu", 1, [4], status="timeout"))
    assert not found.is_diverged.any()
    np.testing.assert_array_equal(found.known[1], [4, NAN])
