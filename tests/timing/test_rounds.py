"""Rounds: every entry once in each, in an order that is drawn afresh, and all readings in place."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from scipy import stats

from bench_service.result import BlockFlag
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds
from bench_service.timing.stopwatch import BlockReading

N_ENTRIES = 4


class Numbered:
    """Readings that are numbered in the order in which they were taken."""

    def __init__(self, flags=(), of_round=()) -> None:
        self.numbers, self.calls = count(1), []
        self.flags, self.of_round = dict(flags), dict(of_round)
        self.n_rounds = 0

    def time(self, call, n_calls):
        number = next(self.numbers)
        self.calls.append((call(), n_calls))
        return BlockReading(number, 2 * number, 3 * number, 4 * number, self.flags.get(number, 0))

    def end_round(self):
        self.n_rounds += 1
        return self.of_round.get(self.n_rounds, 0)


def entries_of(n=N_ENTRIES):
    return [Entry(f"e{i}", "case", lambda i=i: i, 10 + i) for i in range(n)]


def run(plan, stopwatch=None, seed=1, enter=lambda _index: None, n=N_ENTRIES):
    random = np.random.default_rng(seed)
    return list(measure_rounds(entries_of(n), plan, stopwatch or Numbered(), random, enter))


def joined(parts, name):
    """An array of shape (n_entries, n_rounds) over all parts."""
    return np.concatenate(
        [np.stack([getattr(block, name) for block in part]) for part in parts], axis=1
    )


def test_every_round_has_every_entry_once():
    position = joined(run(RoundPlan(50)), "position")
    assert (np.sort(position, axis=0) == np.arange(N_ENTRIES)[:, None]).all()


def test_every_order_is_as_likely_as_every_other():
    """All 24 orders of four entries over 4,800 rounds, chi-squared; the seed is fixed."""
    position = joined(run(RoundPlan(4800)), "position")
    _, counts = np.unique(position, axis=1, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 0.001


def test_an_order_says_nothing_of_the_next():
    position = joined(run(RoundPlan(4800)), "position")[0]
    table = np.zeros((N_ENTRIES, N_ENTRIES))
    np.add.at(table, (position[:-1], position[1:]), 1)
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_the_order_is_fixed_by_the_seed():
    first, again, other = (joined(run(RoundPlan(20), seed=s), "position") for s in (5, 5, 6))
    assert (first == again).all()
    assert (first != other).any()


def test_readings_are_kept_where_they_belong():
    """In time order they are numbered 1, 2, 3, ...; the position tells which number is whose."""
    parts = run(RoundPlan(7))
    position = joined(parts, "position")
    expected = np.arange(7) * N_ENTRIES + position + 1
    assert (joined(parts, "wall_ns") == expected).all()
    assert (joined(parts, "cpu_ns") == 2 * expected).all()
    assert (joined(parts, "involuntary_switches") == 3 * expected).all()
    assert (joined(parts, "minor_faults") == 4 * expected).all()


def test_an_entry_is_called_with_its_own_block_size_throughout():
    stopwatch = Numbered()
    run(RoundPlan(9, 2), stopwatch)
    assert set(stopwatch.calls) == {(i, 10 + i) for i in range(N_ENTRIES)}


@pytest.mark.parametrize("per_part", [0, 1, 2, 3, 5, 8, 100])
def test_parts_join_to_the_same_rounds_however_they_are_cut(per_part):
    plan = RoundPlan(5, 3, per_part)
    parts = run(plan)
    whole = run(RoundPlan(5, 3))
    assert len(parts) == plan.n_parts
    for name in ("wall_ns", "position", "flags"):
        assert (joined(parts, name) == joined(whole, name)).all()
    assert all([block.label for block in part] == ["e0", "e1", "e2", "e3"] for part in parts)
    if per_part:
        assert all(len(part[0].wall_ns) <= per_part for part in parts)


@pytest.mark.parametrize("per_part", [0, 2])
def test_the_first_rounds_warm_up_and_no_others(per_part):
    flags = joined(run(RoundPlan(4, 3, per_part)), "flags")
    assert (flags == np.array([1, 1, 1, 0, 0, 0, 0])).all()


def test_flags_of_blocks_and_of_rounds_come_together():
    stopwatch = Numbered(flags={6: BlockFlag.PREEMPTED}, of_round={3: BlockFlag.THROTTLED})
    parts = run(RoundPlan(4), stopwatch)
    flags, number = joined(parts, "flags"), joined(parts, "wall_ns")
    assert (flags[number == 6] == BlockFlag.PREEMPTED).all()
    assert (flags[:, 2] == BlockFlag.THROTTLED).all()
    assert np.count_nonzero(flags) == 1 + N_ENTRIES


def test_whoever_watches_is_told_before_each_block_whose_it_is():
    told = []
    stopwatch = Numbered()
    run(RoundPlan(6), stopwatch, enter=told.append)
    assert told == [result for result, _ in stopwatch.calls]


def test_parts_are_handed_over_as_they_are_measured():
    stopwatch = Numbered()
    rounds = measure_rounds(entries_of(), RoundPlan(6, 0, 2), stopwatch, np.random.default_rng(1))
    next(rounds)
    assert len(stopwatch.calls) == 2 * N_ENTRIES


def test_without_entries_there_are_rounds_of_nothing():
    assert run(RoundPlan(3), n=0) == [()]
