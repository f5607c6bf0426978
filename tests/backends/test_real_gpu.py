"""The protocol on an NVIDIA GPU: skipped, with the reason, where there is none."""

from functools import partial

import numpy as np
import pytest
import torch

from bench_service.backends import BACKENDS
from bench_service.result import Pass
from bench_service.timing.calibrate import calls_per_block, time_call_ns
from bench_service.timing.passes import PASSES, TENSORS_MOVED, Workpiece
from bench_service.timing.rotation import copies, rotating
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds

REASON = BACKENDS.get("cuda-eager").unavailable()
COMPILE_REASON = BACKENDS.get("cuda-compile").unavailable()
pytestmark = [pytest.mark.cuda, pytest.mark.skipif(REASON is not None, reason=str(REASON))]

LARGE = 16 << 20  # elements: 64 MiB in float32
SMALL = 16 << 10


@pytest.fixture
def own_stream():
    """The stream of this thread as it was: a graph's backend moves work off the default one."""
    with torch.cuda.stream(torch.cuda.current_stream()):
        yield


def call_on(backend, condition, function, numel, pass_name=Pass.FORWARD):
    """The rotating call of a pass, as a measuring child makes it."""
    n_sets = backend.n_sets(condition, TENSORS_MOVED[pass_name] * numel * 4)
    needs_gradient = pass_name is not Pass.FORWARD
    x = torch.randn(numel // 64, 64, device="cuda", requires_grad=needs_gradient)
    compiled = backend.compile(function)
    pieces = [Workpiece(compiled, each, (each,)) for each in copies(x, n_sets)]
    return rotating([PASSES[pass_name](piece) for piece in pieces])


def time_of(name, condition, function, numel, pass_name=Pass.FORWARD):
    """Nanoseconds of one call."""
    backend = BACKENDS.get(name)
    backend.prepare(condition, threads=1)
    with torch.set_grad_enabled(pass_name is not Pass.FORWARD):
        call = call_on(backend, condition, function, numel, pass_name)
        return time_call_ns(call, backend.stopwatch(condition))


def peak_bytes_per_s():
    """What the memory could move at its highest clock, both edges of it; None if not told."""
    found = torch.cuda.get_device_properties(0)
    khz, bits = getattr(found, "memory_clock_rate", 0), getattr(found, "memory_bus_width", 0)
    return 2 * khz * 1000 * bits / 8 or None


def test_relu_of_64_mib_moves_its_bytes_at_a_bandwidth_that_the_memory_has(own_stream):
    bytes_per_s = 2 * LARGE * 4 / (time_of("cuda-eager", "kernel", torch.relu, LARGE) * 1e-9)
    peak = peak_bytes_per_s() or 10e12
    assert 0.3 * peak < bytes_per_s < 1.05 * peak or (peak == 10e12 and bytes_per_s > 5e10)


def test_a_kernel_is_not_slower_than_the_wait_for_it_and_a_graph_is_not_either(own_stream):
    wall = time_of("cuda-eager", "wall", torch.relu, SMALL)
    assert time_of("cuda-eager", "kernel", torch.relu, SMALL) < wall
    assert time_of("cuda-graph", "graph", torch.relu, SMALL) < wall


def test_cold_buffers_take_longer_than_hot_ones_that_fit_the_cache(own_stream):
    numel = 1 << 20
    hot = time_of("cuda-eager", "hot", torch.relu, numel)
    assert time_of("cuda-eager", "kernel", torch.relu, numel) > 1.1 * hot


def test_twice_the_elements_take_about_twice_the_time(own_stream):
    ratio = time_of("cuda-eager", "kernel", torch.relu, 2 * LARGE) / time_of(
        "cuda-eager", "kernel", torch.relu, LARGE
    )
    assert 1.8 < ratio < 2.2


@pytest.mark.parametrize("pass_name", [Pass.BACKWARD, Pass.FORWARD_BACKWARD])
def test_gradients_can_be_captured_and_take_as_long_as_their_kernels(own_stream, pass_name):
    graph = time_of("cuda-graph", "graph", torch.relu, LARGE, pass_name)
    kernel = time_of("cuda-eager", "kernel", torch.relu, LARGE, pass_name)
    assert 0.8 < graph / kernel < 1.2


def test_launches_are_hidden_in_nearly_every_block(own_stream):
    backend = BACKENDS.get("cuda-eager")
    time_of("cuda-eager", "kernel", torch.relu, SMALL)
    facts = backend.facts()
    assert facts["spans_with_launch_gaps"] <= 0.2 * facts["spans"]


@pytest.mark.parametrize(
    ("name", "condition"),
    [("cuda-eager", "kernel"), ("cuda-eager", "wall"), ("cuda-graph", "graph")],
)
def test_relu_differs_from_itself_by_less_than_two_percent(own_stream, name, condition):
    backend = BACKENDS.get(name)
    backend.prepare(condition, threads=1)
    stopwatch = backend.stopwatch(condition)
    with torch.no_grad():
        calls = [call_on(backend, condition, torch.relu, LARGE // 16) for _ in range(2)]
        n_calls = calls_per_block(time_call_ns(calls[0], stopwatch))
        entries = [
            Entry(label, "case", call, n_calls) for label, call in zip("ab", calls, strict=True)
        ]
        plan = RoundPlan(n_rounds=200, n_warm_up=20)
        (part,) = measure_rounds(entries, plan, stopwatch, np.random.default_rng(0))
    clean = part[0].flags == 0
    ratio = np.median(np.log(part[0].wall_ns[clean] / part[1].wall_ns[clean]))
    assert clean.sum() > 100
    assert abs(ratio) < 0.02


@pytest.mark.skipif(COMPILE_REASON is not None, reason=str(COMPILE_REASON))
def test_a_compiled_relu_is_no_slower_than_an_eager_one_by_more_than_a_fifth(own_stream):
    compiled = time_of("cuda-compile", "kernel", torch.relu, LARGE)
    assert compiled < 1.2 * time_of("cuda-eager", "kernel", torch.relu, LARGE)


def test_a_function_that_waits_for_the_device_can_not_be_captured(own_stream):
    from bench_service.errors import MeasurementError

    def waits(x):
        return x * x.sum().item()

    with pytest.raises(MeasurementError, match="can't be captured"):
        time_of("cuda-graph", "graph", waits, SMALL)
    assert time_of("cuda-graph", "graph", torch.relu, SMALL) > 0


def test_the_copy_that_stands_for_the_memory_is_measured_like_the_rest(own_stream):
    backend = BACKENDS.get("cuda-eager")
    backend.prepare("kernel", threads=1)
    x = torch.randn(LARGE, device="cuda")
    sets = [partial(torch.empty_like(each).copy_, each) for each in copies(x, 4)]
    assert time_call_ns(rotating(sets), backend.stopwatch("kernel")) > 0
