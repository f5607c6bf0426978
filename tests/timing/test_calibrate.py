from __future__ import annotations

import pytest
from fakes import Machine, suite_of

from bench_service.result import EntryProbe
from bench_service.timing.calibrate import (
    BLOCK_TARGET_NS,
    ENOUGH_NS,
    MAX_CALLS,
    calls_per_block,
    time_call_ns,
)
from bench_service.timing.schedule import calibrated
from bench_service.timing.spec import EntrySpec, GroupSpec
from bench_service.timing.stopwatch import BlockReading


@pytest.mark.parametrize("ns", [1, 37, 250, 1000, 99_999, 100_000, 3_000_000_000])
def test_a_call_that_costs_the_same_every_time_is_timed_exactly(ns):
    machine = Machine(costs={"x": ns})
    assert time_call_ns(machine.call("x", None), machine.stopwatch()) == ns


@pytest.mark.parametrize(
    ("call_ns", "n_calls"),
    [(1, 150_000), (0.1, MAX_CALLS), (149, 1007), (1000, 150), (100_000, 2), (90_000, 2),
     (110_000, 1), (150_000, 1), (1e9, 1)],
)  # fmt: skip
def test_a_block_is_as_near_to_its_target_as_whole_calls_allow(call_ns, n_calls):
    assert BLOCK_TARGET_NS == 150_000
    assert calls_per_block(call_ns) == n_calls


class Scripted:
    """A stopwatch on which every call costs 100 ns, with disturbances at given readings."""

    def __init__(self, disturbed) -> None:
        self.disturbed, self.sizes = disturbed, []

    def time(self, call, n_calls):
        more = self.disturbed.get(len(self.sizes), 0)
        self.sizes.append(n_calls)
        return BlockReading(100 * n_calls + more)


def test_a_disturbance_does_not_make_a_short_block_pass_for_a_long_one():
    """The first reading, of a single call, is disturbed by a millisecond."""
    stopwatch = Scripted({0: 1_000_000})
    assert time_call_ns(lambda: None, stopwatch) == 100
    assert max(stopwatch.sizes) * 100 >= ENOUGH_NS


def test_disturbances_of_some_repeats_leave_no_trace():
    stopwatch = Scripted(dict.fromkeys(range(6, 10), 10**9))
    assert time_call_ns(lambda: None, stopwatch) == 100


def spec_of(*costs: float) -> tuple[GroupSpec, dict[str, EntryProbe]]:
    from bench_service.result import Conditions, Role

    labels = [f"f{index}" for index in range(len(costs))]
    entries = tuple(EntrySpec(label, Role.CASE, label) for label in labels)
    probes = {
        label: EntryProbe(label, Role.CASE, calls_per_block(ns), ns)
        for label, ns in zip(labels, costs, strict=True)
    }
    return GroupSpec(Conditions("cpu-eager", "forward", "float32", 64), entries), probes


def frozen(*costs: float, **timing):
    suite = suite_of("relu", **{"max_rounds": 40, "child_ms": 120, **timing})
    return calibrated(*spec_of(*costs), suite.timing)


def test_a_child_does_as_many_rounds_as_fit_its_time_with_those_that_warm_up():
    """Blocks of 150 calls and 2 that prime, 1.15 times as slow as alone, and 10 µs beside each.

    So a round of two entries of 1 µs takes 2 * (1.15 * 152 + 10) = 369.6 µs: 24 fit into 9 ms.
    """
    spec = frozen(1000, 1000, child_ms=9)
    assert [entry.n_calls for entry in spec.entries] == [150, 150]
    assert (spec.n_warm_up, spec.n_rounds) == (3, 21)


def test_calls_that_prime_count_most_where_a_block_is_one_call():
    """A call of 2 ms is a block of its own; with two that prime, 3 * 1.15 * 2 ms + 10 µs."""
    spec = frozen(2e6, child_ms=100)
    assert spec.entries[0].n_calls == 1
    assert (spec.n_warm_up, spec.n_rounds) == (3, 11)  # 14 of 6.91 ms


def test_few_rounds_give_up_one_to_warm_up():
    assert (frozen(2e6, child_ms=89).n_warm_up, frozen(2e6, child_ms=89).n_rounds) == (1, 11)
    assert (frozen(2e6, child_ms=90).n_warm_up, frozen(2e6, child_ms=90).n_rounds) == (3, 10)


def test_rounds_are_bounded_from_below_and_above():
    assert frozen(1e9).n_rounds == 4
    assert frozen(1e9).n_warm_up == 1
    assert frozen(1000).n_rounds == 40


def test_long_children_hand_their_rounds_over_in_parts_of_half_a_second():
    """Rounds of 3 * 1.15 * 50 ms: three of them make half a second."""
    spec = frozen(5e7, child_ms=10_000)
    assert spec.rounds_per_part == 3
    assert frozen(1000).rounds_per_part == 0


def test_an_entry_without_a_time_is_left_out():
    spec, probes = spec_of(1000, 1000)
    probes["f0"] = EntryProbe("f0", "case", 0, 0.0, reason="wrong")
    found = calibrated(spec, probes, suite_of("relu").timing)
    assert [entry.label for entry in found.entries] == ["f1"]
    del probes["f1"]
    assert calibrated(spec, probes, suite_of("relu").timing).entries == ()
