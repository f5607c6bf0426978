import pytest

from bench_service.errors import MeasurementError
from bench_service.timing.graph_capture import GraphStopwatch
from bench_service.timing.rotation import rotating
from bench_service.timing.simulated import SimulatedGpu
from bench_service.timing.span import SpanClock


def stopwatch_of(gpu: SimulatedGpu) -> GraphStopwatch:
    return GraphStopwatch(gpu, SpanClock(gpu, gpu.clock))


def test_a_replay_runs_every_call_of_the_block_for_one_launch():
    gpu = SimulatedGpu(launch_ns=5000)
    call = gpu.kernel({"x": 4096}, hot_ns=1000, cold_ns=3000)
    reading = stopwatch_of(gpu).time(call, 100)
    assert reading.wall_ns == 100 * 1000
    assert reading.cpu_ns == 5000


def test_a_block_is_captured_once_and_replayed_ever_after():
    gpu = SimulatedGpu()
    n_host_calls = 0
    kernel = gpu.kernel({"x": 4096}, hot_ns=1000, cold_ns=3000)

    def call():
        nonlocal n_host_calls
        n_host_calls += 1
        kernel()

    stopwatch = stopwatch_of(gpu)
    stopwatch.time(call, 100)
    seen = n_host_calls
    assert [stopwatch.time(call, 100).wall_ns for _ in range(5)] == [100_000] * 5
    assert n_host_calls == seen
    assert stopwatch.time(call, 7).wall_ns == 7_000


def test_two_calls_have_graphs_of_their_own():
    gpu = SimulatedGpu()
    fast = gpu.kernel({"x": 4096}, hot_ns=1000, cold_ns=3000)
    slow = gpu.kernel({"y": 4096}, hot_ns=2000, cold_ns=3000)
    stopwatch = stopwatch_of(gpu)
    found = [stopwatch.time(call, 10).wall_ns for call in (fast, slow, fast, slow)]
    assert found == [10_000, 20_000, 10_000, 20_000]


@pytest.mark.parametrize("n_calls", [1, 3, 8, 40])
def test_a_graph_shorter_or_longer_than_the_rotation_is_cold_throughout(n_calls):
    gpu = SimulatedGpu(cache_bytes=1 << 20)
    sets = [gpu.kernel({i: 1 << 19}, hot_ns=1000, cold_ns=3000) for i in range(9)]
    stopwatch = stopwatch_of(gpu)
    call = rotating(sets)
    assert [stopwatch.time(call, n_calls).wall_ns for _ in range(3)] == [3000 * n_calls] * 3


def test_a_call_that_waits_for_the_device_can_not_be_captured_and_says_why():
    gpu = SimulatedGpu()
    with pytest.raises(MeasurementError, match="not permitted when stream is capturing"):
        stopwatch_of(gpu).time(gpu.synchronize, 3)


def test_a_failed_capture_leaves_the_device_fit_for_the_next_entry():
    gpu = SimulatedGpu()
    stopwatch = stopwatch_of(gpu)
    with pytest.raises(MeasurementError):
        stopwatch.time(gpu.synchronize, 3)
    call = gpu.kernel({"x": 4096}, hot_ns=1000, cold_ns=3000)
    assert stopwatch.time(call, 10).wall_ns == 10_000


def test_a_graph_of_nothing_is_refused():
    with pytest.raises(MeasurementError, match="nothing is launched"):
        stopwatch_of(SimulatedGpu()).time(lambda: None, 1024)
