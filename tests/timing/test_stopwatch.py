from __future__ import annotations

import mmap
from itertools import count

import pytest
from fakes import Machine

from bench_service.result import BlockFlag
from bench_service.timing.counters import Counters, read_thread_counters, steal_ns
from bench_service.timing.stopwatch import N_PRIMING_CALLS, HostStopwatch


def test_a_block_is_exactly_its_calls_and_nothing_of_the_priming_ones():
    machine = Machine(costs={"x": 250})
    reading = machine.stopwatch().time(machine.call("x", None), 12)
    assert (reading.wall_ns, reading.cpu_ns) == (3000, 3000)
    assert machine.now_ns == 250 * (12 + N_PRIMING_CALLS)


def test_priming_is_timed_by_itself():
    machine = Machine(costs={"x": 250, "y": 10})
    stopwatch = machine.stopwatch()
    stopwatch.time(machine.call("x", None), 12)
    stopwatch.time(machine.call("y", None), 1)
    assert stopwatch.priming_ns == N_PRIMING_CALLS * 260


def test_a_first_call_that_is_slow_is_not_in_the_block():
    machine = Machine()
    costs = iter([10**9] + [100] * 50)

    def call():
        machine.now_ns += next(costs)

    assert machine.stopwatch().time(call, 5).wall_ns == 500


def test_counters_are_differences_over_the_block():
    totals = iter([Counters(100, 5, 7), Counters(350, 6, 47)])
    clock = count(0, 250)
    reading = HostStopwatch(lambda: next(clock), lambda: next(totals)).time(lambda: None, 3)
    assert (reading.cpu_ns, reading.involuntary_switches, reading.minor_faults) == (250, 1, 40)


@pytest.mark.parametrize(
    ("wall_ns", "switches", "flag"),
    [
        (1000, 0, 0),
        (1050, 1, 0),
        (1051, 1, BlockFlag.PREEMPTED),
        (9000, 0, 0),  # it waited of its own will, for memory or another thread
        (9000, 3, BlockFlag.PREEMPTED),
    ],
)
def test_a_block_is_flagged_where_its_core_was_taken_away(wall_ns, switches, flag):
    totals = iter([Counters(0, 0, 0), Counters(1000, switches, 0)])
    clock = iter([0, 0, 0, wall_ns])  # around the priming calls, and around the block
    stopwatch = HostStopwatch(lambda: next(clock), lambda: next(totals))
    assert stopwatch.time(lambda: None, 1).flags == flag
    assert stopwatch.end_round() == 0


def test_the_counters_of_this_thread_only_grow():
    before = read_thread_counters()
    sum(range(100_000))
    with mmap.mmap(-1, 1 << 22) as pages:  # new to this process, whatever it has freed before
        pages.write(bytes(1 << 22))
    after = read_thread_counters()
    assert after.cpu_ns > before.cpu_ns
    assert after.minor_faults > before.minor_faults
    assert after.involuntary_switches >= before.involuntary_switches


def test_stolen_time_is_the_eighth_value_in_hundredths_of_a_second(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n")
    assert steal_ns(stat) == 80_000_000
    stat.write_text("cpu  1 2 3 4\n")
    assert steal_ns(stat) is None
    assert steal_ns(tmp_path / "missing") is None
