import pytest

from bench_service.errors import MeasurementError
from bench_service.timing.calibrate import calls_per_block, time_call_ns
from bench_service.timing.cuda_clock import EventStopwatch
from bench_service.timing.simulated import SimulatedGpu
from bench_service.timing.span import SpanClock

X = {"x": 4096}


class NeverWaits(SimulatedGpu):
    def synchronize(self):
        pass


class NeverSleeps(SimulatedGpu):
    can_sleep = False

    def sleep(self, duration_ns):
        pass


class CountsWaits(SimulatedGpu):
    n_waits = 0

    def synchronize(self):
        self.n_waits += 1
        super().synchronize()


def stopwatch_of(gpu: SimulatedGpu) -> tuple[EventStopwatch, SpanClock]:
    spans = SpanClock(gpu, gpu.clock)
    return EventStopwatch(spans), spans


def test_launches_five_times_slower_than_kernels_are_hidden_behind_the_pause():
    gpu = SimulatedGpu(launch_ns=5000)
    stopwatch, spans = stopwatch_of(gpu)
    reading = stopwatch.time(gpu.kernel(X, hot_ns=1000, cold_ns=3000), 100)
    assert reading.wall_ns == 100 * 1000
    assert reading.cpu_ns == 100 * 5000
    assert spans.facts() == {"spans": 1, "spans_with_launch_gaps": 0}


def test_without_a_pause_the_events_would_time_the_host_and_the_facts_say_so():
    gpu = NeverSleeps(launch_ns=5000)
    stopwatch, spans = stopwatch_of(gpu)
    reading = stopwatch.time(gpu.kernel(X, hot_ns=1000, cold_ns=3000), 100)
    assert reading.wall_ns == 100 * 5000 + 1000
    assert spans.facts() == {"spans": 1, "spans_with_launch_gaps": 1}


def test_a_pause_that_turns_out_too_short_is_lengthened_until_the_launches_are_hidden():
    gpu = SimulatedGpu(launch_ns=5000)
    stopwatch, spans = stopwatch_of(gpu)
    call = gpu.kernel(X, hot_ns=1000, cold_ns=3000)
    stopwatch.time(call, 100)
    gpu.launch_ns = 50_000
    assert stopwatch.time(call, 100).wall_ns == 100 * 1000
    assert spans.facts()["spans_with_launch_gaps"] == 0


def test_the_pause_follows_the_host_so_that_later_blocks_need_one_attempt():
    gpu = CountsWaits(launch_ns=5000)
    stopwatch, _ = stopwatch_of(gpu)
    call = gpu.kernel(X, hot_ns=1000, cold_ns=3000)
    stopwatch.time(call, 100)
    gpu.launch_ns = 50_000
    stopwatch.time(call, 100)
    gpu.n_waits = 0
    stopwatch.time(call, 100)
    assert gpu.n_waits == 2


def test_a_block_waits_for_the_device_before_and_after_and_never_between_calls():
    gpu = CountsWaits()
    stopwatch, _ = stopwatch_of(gpu)
    call = gpu.kernel(X, hot_ns=1000, cold_ns=3000)
    stopwatch.time(call, 10)
    gpu.n_waits = 0
    stopwatch.time(call, 500)
    assert gpu.n_waits == 2


def test_a_stopwatch_that_forgot_to_wait_is_caught():
    gpu = NeverWaits()
    stopwatch, _ = stopwatch_of(gpu)
    with pytest.raises(RuntimeError, match="must be completed"):
        stopwatch.time(gpu.kernel(X, hot_ns=1000, cold_ns=3000), 10)


def test_a_call_that_waits_for_the_device_ends_and_is_counted_as_exposed():
    gpu = CountsWaits(launch_ns=5000)
    stopwatch, spans = stopwatch_of(gpu)
    kernel = gpu.kernel(X, hot_ns=1000, cold_ns=3000)

    def call():
        kernel()
        gpu.synchronize()

    began, took = gpu.now_ns, []
    for _ in range(5):
        assert stopwatch.time(call, 10).wall_ns == 10 * (5000 + 1000) - 5000
        took.append(gpu.now_ns - began)
        began = gpu.now_ns
    assert spans.facts() == {"spans": 5, "spans_with_launch_gaps": 5}
    # The pause doesn't grow from block to block, although the host waits for it each time.
    assert took[1:] == [took[1]] * 4


def test_the_first_call_of_a_block_finds_what_the_priming_call_left():
    gpu = SimulatedGpu(cache_bytes=1 << 20)
    stopwatch, _ = stopwatch_of(gpu)
    call = gpu.kernel(X, hot_ns=1000, cold_ns=3000)
    other = gpu.kernel({"y": 1 << 21}, hot_ns=9000, cold_ns=9000)
    stopwatch.time(call, 1)
    other()
    assert stopwatch.time(call, 1).wall_ns == 1000


def test_calibration_finds_the_kernel_time_and_a_block_of_at_least_100_us():
    gpu = SimulatedGpu(launch_ns=5000)
    stopwatch, _ = stopwatch_of(gpu)
    found = time_call_ns(gpu.kernel(X, hot_ns=1700, cold_ns=3000), stopwatch)
    assert found == 1700
    assert calls_per_block(found) * found >= 100_000


def test_a_call_that_launches_nothing_gets_a_reason_instead_of_a_time():
    stopwatch, _ = stopwatch_of(SimulatedGpu())
    with pytest.raises(MeasurementError, match="nothing is launched"):
        time_call_ns(lambda: None, stopwatch)


def test_kernels_of_a_slower_clock_take_longer_in_inverse_proportion():
    gpu = SimulatedGpu()
    stopwatch, _ = stopwatch_of(gpu)
    call = gpu.kernel(X, hot_ns=1000, cold_ns=3000)
    full = stopwatch.time(call, 100).wall_ns
    gpu.sm_mhz = 500
    assert stopwatch.time(call, 100).wall_ns == 2 * full
