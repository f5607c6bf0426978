import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench_service.timing.cuda_clock import EventStopwatch
from bench_service.timing.rotation import (
    CACHE_TURNOVERS,
    MAX_SETS,
    copies,
    n_sets_of,
    needs_sweep,
    rotating,
    sets_to_rotate,
)
from bench_service.timing.simulated import SimulatedGpu
from bench_service.timing.span import SpanClock

MIB = 1 << 20


@pytest.mark.parametrize(
    ("bytes_per_call", "expected"),
    [(256 * MIB, 1), (200 * MIB, 2), (128 * MIB, 2), (MIB, 201), (4096, MAX_SETS), (0, MAX_SETS)],
)
def test_a_cache_of_50_mib_needs_this_many_sets(bytes_per_call, expected):
    assert sets_to_rotate(bytes_per_call, 50 * MIB) == expected


@given(st.integers(1, 1 << 32), st.integers(1, 1 << 28))
def test_more_than_four_caches_go_by_before_a_buffer_is_used_again(bytes_per_call, cache_bytes):
    n = sets_to_rotate(bytes_per_call, cache_bytes)
    assert n == MAX_SETS or n * bytes_per_call > CACHE_TURNOVERS * cache_bytes


def rotating_kernels(gpu: SimulatedGpu, n_sets: int, n_bytes: int):
    return rotating(
        [gpu.kernel({("x", i): n_bytes}, hot_ns=1000, cold_ns=3000) for i in range(n_sets)]
    )


def test_every_call_of_a_rotation_is_cold():
    gpu = SimulatedGpu(cache_bytes=MIB)
    n_bytes = 256 << 10
    call = rotating_kernels(gpu, sets_to_rotate(n_bytes, gpu.cache_bytes), n_bytes)
    stopwatch = EventStopwatch(SpanClock(gpu, gpu.clock))
    assert [stopwatch.time(call, 40).wall_ns for _ in range(3)] == [120_000] * 3


def test_a_rotation_of_too_few_sets_would_be_seen_as_hot():
    gpu = SimulatedGpu(cache_bytes=MIB)
    call = rotating_kernels(gpu, 2, 256 << 10)
    assert EventStopwatch(SpanClock(gpu, gpu.clock)).time(call, 40).wall_ns == 40_000


def test_buffers_too_small_to_turn_the_cache_over_are_made_cold_by_reading_through_it():
    gpu = SimulatedGpu(cache_bytes=MIB)
    call = rotating_kernels(gpu, sets_to_rotate(256, gpu.cache_bytes), 256)
    stopwatch = EventStopwatch(SpanClock(gpu, gpu.clock))
    assert needs_sweep(call)
    assert [stopwatch.time(call, 50).wall_ns for _ in range(15)] == [150_000] * 15


def test_a_single_call_is_returned_as_it_is():
    def call():
        return 1

    assert rotating([call]) is call
    assert n_sets_of(call) == 1


def test_calls_take_turns_across_blocks():
    call = rotating([lambda i=i: i for i in range(3)])
    assert [call() for _ in range(7)] == [0, 1, 2, 0, 1, 2, 0]


def test_results_rotate_through_memory_too():
    x = torch.randn(64, 64)
    call = rotating([lambda: torch.relu(x)] * 4)
    addresses = [call().data_ptr() for _ in range(4)]
    assert len(set(addresses)) == 4


def test_copies_have_the_layout_of_the_first_and_memory_of_their_own():
    x = torch.randn(6, 4).t().requires_grad_()
    found = copies(x, 3)
    assert found[0] is x
    assert {tensor.stride() for tensor in found} == {(1, 4)}
    assert len({tensor.data_ptr() for tensor in found}) == 3
    assert all(tensor.is_leaf and tensor.requires_grad for tensor in found)
    assert all(torch.equal(tensor, x) for tensor in found)
