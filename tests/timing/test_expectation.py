"""What a run is expected to take: sums by hand, and how it moves with what is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench_service.result import Conditions
from bench_service.suite import TimingSuite
from bench_service.timing.expectation import seconds_of_rounds, seconds_to_time

SMALL = Conditions("cpu-eager", "forward", "float32", 1024)
TIMING = TimingSuite(processes=15, parents=5, child_ms=420, max_rounds=150)


def expected(*groups, timing=TIMING, n_cores=2):
    return seconds_to_time(groups or [(SMALL, 16)], timing, n_cores=n_cores)


def test_the_seconds_of_a_worked_example():
    """Calls of 1 + 0.9 * 1.024 = 1.9216 µs: 78 make a block, with two more 80 * 1.15 * 1.9216.

    With 10 µs beside, 186.8 µs; a round of 16 takes 2.989 ms, so that 140 fit into 420 ms: 418.4.
    Importing (2.8 + 5 * 1.15) / 2 = 4.275, probing 16 * 0.008, 15 children with 0.04 beside each,
    and 0.5 to analyse.
    """
    assert seconds_of_rounds(SMALL, 16, TIMING) == pytest.approx(0.4184, abs=2e-4)
    children = 15 * (0.4184 + 0.04)
    assert expected() == pytest.approx(4.275 + 0.128 + children + 0.5, abs=0.01)


def test_short_rounds_end_before_their_time_is_over_and_long_ones_after():
    few = TIMING.model_copy(update={"max_rounds": 10})
    assert seconds_of_rounds(SMALL, 16, few) == pytest.approx(13 * 2.989e-3, rel=1e-3)
    # A call of 16.8 million elements takes 15 ms and is a block; 5 rounds of 16 are the fewest.
    large = replace(SMALL, numel=1 << 24)
    assert seconds_of_rounds(large, 16, TIMING) == pytest.approx(
        5 * 16 * 3 * 1.15 * 0.0151, rel=0.01
    )


def test_children_never_take_more_than_the_budget():
    many = [(replace(SMALL, numel=numel), 16) for numel in range(1024, 1024 + 1000)]
    starting = 4.275 + 1000 * 16 * 0.008 + 0.5
    assert expected(*many) == pytest.approx(starting + TIMING.seconds)


def test_with_many_cores_parents_start_together():
    by_cores = [expected(n_cores=n) for n in (1, 2, 4, 64)]
    assert by_cores == sorted(by_cores, reverse=True)
    assert by_cores[0] - by_cores[-1] == pytest.approx(5 * 1.15)


def test_compiling_is_counted_for_every_entry():
    compiled = replace(SMALL, backend="cpu-compile")
    assert expected((compiled, 16)) - expected() == pytest.approx(16 * 1.0)


def test_every_pass_has_an_estimate():
    for pass_name in ("forward", "backward", "forward_backward", "step"):
        assert seconds_of_rounds(replace(SMALL, pass_name=pass_name), 6, TIMING) > 0
