from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_service.analysis.pairing import is_disturbed, view_process
from bench_service.result import BlockFlag

REFERENCES = ("a", "b")


def view(entries, flags=None):
    none = np.zeros(len(next(iter(entries.values()))[1]), dtype=int)
    return view_process(
        0,
        {
            label: (n_calls, np.asarray(wall), np.asarray((flags or {}).get(label, none)))
            for label, (n_calls, wall) in entries.items()
        },
    )


def test_times_are_per_call_and_ratios_paired_by_round():
    """The machine slows down threefold in mid-course, for all alike: the ratio stays 1.5."""
    speed = np.array([1, 1, 2, 3, 3])
    seen = view({"x": (10, 3000 * speed), "a": (20, 4000 * speed), "b": (20, 4000 * speed)})
    assert seen.median_call_ns("x") == 600
    assert math.exp(seen.log_ratio("x", REFERENCES)) == pytest.approx(1.5, rel=1e-15)


def test_the_ratio_to_two_references_is_the_geometric_mean_of_both_ratios():
    ones = np.ones(4)
    seen = view({"x": (1, 600 * ones), "a": (1, 100 * ones), "b": (1, 400 * ones)})
    assert math.exp(seen.log_ratio("x", REFERENCES)) == pytest.approx(math.sqrt(6 * 1.5))
    assert math.exp(seen.log_ratio("x", ("a",))) == pytest.approx(6)


@pytest.mark.parametrize("flag", [BlockFlag.WARM_UP, BlockFlag.PREEMPTED, BlockFlag.THROTTLED])
@pytest.mark.parametrize("flagged", ["x", "a"])
def test_a_flagged_block_takes_its_partner_out_of_the_pair_whoevers_it_is(flag, flagged):
    """Round 2 is spoiled for one of both: its pair would have said something else."""
    wall = {"x": [200, 200, 9000, 200], "a": [100, 100, 50, 100], "b": [100, 100, 100, 100]}
    flags = {flagged: [0, 0, flag, 0]}
    seen = view({label: (1, times) for label, times in wall.items()}, flags)
    assert math.exp(seen.log_ratio("x", ("a",))) == pytest.approx(2)
    assert seen.is_clean[flagged].tolist() == [True, True, False, True]


def test_a_block_that_the_clock_did_not_see_is_left_out():
    seen = view({"x": (1, [0, 200, 200, 200]), "a": (1, [100] * 4), "b": (1, [100] * 4)})
    assert math.exp(seen.log_ratio("x", REFERENCES)) == pytest.approx(2)


def test_fewer_than_three_clean_pairs_say_nothing():
    flags = {"x": [2, 2, 0, 0]}
    seen = view({"x": (1, [1] * 4), "a": (1, [1] * 4), "b": (1, [1] * 4)}, flags)
    assert math.isnan(seen.log_ratio("x", REFERENCES))
    assert math.isnan(seen.median_call_ns("x"))
    assert seen.log_ratio("a", ("b",)) == 0


times = st.lists(st.integers(1, 10**9), min_size=5, max_size=5)


@given(times, times)
def test_the_ratio_of_two_entries_turns_with_their_order(first, second):
    seen = view({"x": (1, first), "a": (1, second)})
    assert seen.log_ratio("x", ("a",)) == pytest.approx(-seen.log_ratio("a", ("x",)), abs=1e-9)
    assert seen.log_ratio("x", ("x",)) == 0


def test_equal_entries_come_out_equal_even_where_noise_has_a_long_tail():
    """The mean over processes of an entry's ratio to two others of its own distribution is 0."""
    random = np.random.default_rng(3)
    ratios = []
    for _ in range(1500):
        wall = {name: (1, 1000 * (1 + random.pareto(2.0, 12))) for name in ("x", "a", "b")}
        ratios.append(view(wall).log_ratio("x", REFERENCES))
    assert abs(np.mean(ratios)) < 4 * np.std(ratios) / math.sqrt(len(ratios))


def test_warming_up_is_no_disturbance():
    flags = np.array([0, BlockFlag.WARM_UP, BlockFlag.PREEMPTED, BlockFlag.WARM_UP | 2, 4])
    assert is_disturbed(flags).tolist() == [False, False, True, True, True]
