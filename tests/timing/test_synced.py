from itertools import count

import pytest

from bench_service.result import BlockFlag
from bench_service.timing.counters import Counters
from bench_service.timing.simulated import SimulatedGpu
from bench_service.timing.synced import SyncedStopwatch

QUIET = Counters(0, 0, 0)


def stopwatch_of(gpu: SimulatedGpu, counters=lambda: QUIET) -> SyncedStopwatch:
    return SyncedStopwatch(gpu.synchronize, clock=gpu.clock, counters=counters)


@pytest.mark.parametrize(
    ("kernel_ns", "expected"),
    [(1000, 20 * 5000 + 1000), (8000, 5000 + 20 * 8000)],
    ids=["launch-bound", "kernel-bound"],
)
def test_the_wall_time_is_of_launches_and_kernels_until_the_last_has_ended(kernel_ns, expected):
    gpu = SimulatedGpu(launch_ns=5000)
    call = gpu.kernel({"x": 4096}, hot_ns=kernel_ns, cold_ns=kernel_ns)
    assert stopwatch_of(gpu).time(call, 20).wall_ns == expected


def test_what_was_queued_before_the_block_is_not_in_it():
    gpu = SimulatedGpu(launch_ns=5000)
    gpu.sleep(1_000_000)
    call = gpu.kernel({"x": 4096}, hot_ns=1000, cold_ns=1000)
    assert stopwatch_of(gpu).time(call, 1).wall_ns == 6000


def test_a_block_during_which_the_host_lost_its_core_is_flagged():
    gpu = SimulatedGpu()
    switches = count()
    reading = stopwatch_of(gpu, lambda: Counters(0, next(switches), 0)).time(lambda: None, 1)
    assert reading.flags == BlockFlag.PREEMPTED
    assert stopwatch_of(gpu).time(lambda: None, 1).flags == 0
