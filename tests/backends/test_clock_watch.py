import time

import numpy as np
import pytest

from bench_service.backends.clock_watch import ClockWatch
from bench_service.backends.nvml import (
    HARDWARE_SLOWDOWN,
    HARDWARE_THERMAL,
    POWER_BRAKE,
    SETTING,
    SOFTWARE_POWER_CAP,
    SOFTWARE_THERMAL,
)
from bench_service.result import BlockFlag
from bench_service.timing.cuda_clock import EventStopwatch
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds
from bench_service.timing.span import SpanClock

THROTTLED = BlockFlag.THROTTLED


def rounds_of(watch, sensors, clocks, reasons=None):
    """The flags of rounds at those clocks."""
    flags = []
    for index, mhz in enumerate(clocks):
        sensors.gpu.sm_mhz = mhz
        sensors.reasons = reasons[index] if reasons else 0
        flags.append(watch.end_round())
    return flags


def test_rounds_at_an_even_clock_carry_no_flag(sensors):
    watch = ClockWatch(sensors)
    assert rounds_of(watch, sensors, [1980, 1965, 1980, 1995]) == [0, 0, 0, 0]
    assert watch.facts()["throttled"] is False
    assert watch.facts()["sm_clock_mhz_by_round"] == [1980, 1972, 1972, 1988]


@pytest.mark.parametrize(
    "bit", [HARDWARE_SLOWDOWN, SOFTWARE_THERMAL, HARDWARE_THERMAL, POWER_BRAKE]
)
def test_a_reason_that_spoils_flags_the_round_that_ends_with_it_and_the_next(sensors, bit):
    watch = ClockWatch(sensors)
    flags = rounds_of(watch, sensors, [1980] * 5, [0, bit, 0, 0, 0])
    assert flags == [0, THROTTLED, THROTTLED, 0, 0]


@pytest.mark.parametrize("bit", [SETTING, SOFTWARE_POWER_CAP, 0x1, 0x10, 0x100])
def test_a_reason_that_only_explains_the_clock_flags_nothing(sensors, bit):
    watch = ClockWatch(sensors)
    assert rounds_of(watch, sensors, [1980] * 3, [0, bit, 0]) == [0, 0, 0]


def test_a_power_cap_and_set_clocks_are_told_as_facts(sensors):
    watch = ClockWatch(sensors)
    rounds_of(watch, sensors, [1980] * 4, [0, SOFTWARE_POWER_CAP, 0, 0])
    assert watch.facts()["power_capped_share"] == 0.25
    assert watch.facts()["clocks_set"] is False
    rounds_of(watch, sensors, [1980], [SETTING])
    assert watch.facts()["clocks_set"] is True


@pytest.mark.parametrize(("mhz", "expected"), [(1783, 0), (1782, 0), (1781, THROTTLED)])
def test_a_clock_below_nine_tenths_of_the_median_spoils_a_round(sensors, mhz, expected):
    watch = ClockWatch(sensors)
    assert rounds_of(watch, sensors, [1980, 1980, 1980, mhz])[-1] == expected


def test_a_clock_that_rises_from_idle_spoils_nothing(sensors):
    watch = ClockWatch(sensors)
    assert rounds_of(watch, sensors, [345, 1200, 1980, 1980])[0] == 0


def test_a_sample_between_two_ends_of_rounds_counts_for_the_round_it_fell_in(sensors):
    watch = ClockWatch(sensors)
    watch.end_round()
    sensors.reasons = HARDWARE_THERMAL
    watch._take()  # as the thread does
    sensors.reasons = 0
    assert watch.end_round() == THROTTLED
    assert watch.end_round() == 0


@pytest.mark.parametrize(("n_bad", "expected"), [(3, False), (4, True)])
def test_more_than_three_tenths_of_spoiled_rounds_condemn_the_child(sensors, n_bad, expected):
    watch = ClockWatch(sensors)
    # A bad last sample spoils the next round too, so bad rounds come in one run to the end.
    reasons = [0] * (10 - n_bad) + [POWER_BRAKE] * n_bad
    rounds_of(watch, sensors, [1980] * 10, reasons)
    facts = watch.facts()
    assert facts["rounds_spoiled"] == n_bad
    assert facts["rounds_spoiled_by"] == {"power brake": n_bad}
    assert facts["throttled"] is expected


def test_sensors_that_fail_in_mid_run_end_the_watch_and_not_the_measurement(sensors):
    watch = ClockWatch(sensors)
    sensors.fails_after = 2
    assert rounds_of(watch, sensors, [1980] * 5) == [0] * 5
    assert watch.facts()["sensor_error"] == "NVML: GPU is lost"
    assert watch.facts()["sm_clock_mhz"] == 1980


def test_facts_without_a_single_sample_have_no_clock(sensors):
    sensors.fails_after = 0
    watch = ClockWatch(sensors)
    watch.end_round()
    assert "sm_clock_mhz" not in watch.facts()
    assert watch.facts()["throttled"] is False


def test_the_thread_samples_by_itself_until_it_is_stopped(sensors):
    watch = ClockWatch(sensors, period_s=0.001)
    watch.start()
    deadline = time.monotonic() + 10
    while len(sensors.taken) < 5 and time.monotonic() < deadline:
        time.sleep(0.001)
    watch.stop()
    assert len(sensors.taken) >= 5


def test_blocks_of_a_throttled_round_are_kept_and_flagged_whatever_the_entry(gpu, sensors):
    watch = ClockWatch(sensors)
    n_round = 0

    def end_round():
        nonlocal n_round
        n_round += 1
        gpu.sm_mhz = 500 if n_round == 3 else 1000  # the fourth round runs at half the clock
        return watch.end_round()

    spans = SpanClock(gpu, gpu.clock)
    call = gpu.kernel({"x": 4096}, hot_ns=1000, cold_ns=3000)
    entries = [Entry(label, "case", call, 100) for label in ("relu", "gelu")]
    plan = RoundPlan(n_rounds=8)
    stopwatch = EventStopwatch(spans, end_round)
    (part,) = measure_rounds(entries, plan, stopwatch, np.random.default_rng(0))
    for blocks in part:
        assert blocks.wall_ns.tolist() == [100_000] * 3 + [200_000] + [100_000] * 4
        # The low clock was seen as the third round ended, and counts for the fourth as well.
        assert blocks.flags.tolist() == [0, 0, THROTTLED, THROTTLED, 0, 0, 0, 0]


def test_the_clock_of_a_round_turns_its_times_into_cycles(gpu, sensors):
    watch = ClockWatch(sensors)
    stopwatch = EventStopwatch(SpanClock(gpu, gpu.clock), watch.end_round)
    call = gpu.kernel({"x": 4096}, hot_ns=1000, cold_ns=3000)
    cycles = []
    for mhz in (1000, 1000, 500, 500):
        gpu.sm_mhz = mhz
        watch._take()
        wall_ns = stopwatch.time(call, 100).wall_ns
        stopwatch.end_round()
        cycles.append(wall_ns * watch.facts()["sm_clock_mhz_by_round"][-1] / 1000)
    assert cycles[0] == cycles[1] == cycles[3] == 100_000
