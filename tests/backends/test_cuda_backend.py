import dataclasses
from types import SimpleNamespace

import pytest
import torch

from bench_service.backends.cuda import CudaBackend
from bench_service.backends.cuda_device import TorchCuda
from bench_service.backends.cuda_session import SPIN_UP_NS, CudaSession
from bench_service.backends.driver import Driver, TorchBuild
from bench_service.backends.nvml import POWER_BRAKE, SensorError
from bench_service.errors import MeasurementError
from bench_service.result import BlockFlag
from bench_service.timing.rotation import rotating

GIB = 1 << 30


def no_sensors():
    raise SensorError("nvidia-ml-py isn't installed")


@pytest.fixture
def backend(gpu, sensors):
    found = CudaBackend(
        "cuda-eager",
        is_compiled=False,
        read_driver=lambda: Driver(2, 13_000, (70 * GIB, 60 * GIB)),
        build=lambda: TorchBuild("2.13.0+cu130", "13.0"),
        open_session=lambda _condition: CudaSession(gpu, lambda: sensors, gpu.clock),
    )
    yield found
    for session in found._sessions:
        session.close()


def test_the_conditions_differ_by_what_they_leave_out(backend, gpu):
    n_bytes, n_calls, readings = 256 << 10, 40, {}
    for condition in ("kernel", "hot", "wall", "graph"):
        backend.prepare(condition, threads=1)
        n_sets = backend.n_sets(condition, n_bytes)
        sets = [gpu.kernel({(condition, i): n_bytes}, 1000, 3000) for i in range(n_sets)]
        readings[condition] = backend.stopwatch(condition).time(rotating(sets), n_calls).wall_ns
    assert readings == {
        "kernel": 40 * 3000,
        "hot": 40 * 1000,
        "wall": 40 * 5000 + 1000,
        "graph": 40 * 3000,
    }


@pytest.mark.parametrize(("condition", "expected"), [("kernel", 17), ("graph", 17), ("hot", 1)])
def test_cold_conditions_rotate_through_more_than_four_caches(backend, condition, expected):
    backend.prepare(condition, threads=1)
    assert backend.n_sets(condition, 256 << 10) == expected


def test_the_clock_is_raised_before_anything_is_timed(backend, gpu):
    backend.prepare("kernel", threads=1)
    assert gpu.now_ns >= SPIN_UP_NS


def test_a_round_on_a_throttled_gpu_is_flagged_whatever_the_condition(backend, sensors):
    for condition in ("kernel", "hot", "wall", "graph"):
        sensors.reasons = 0
        backend.prepare(condition, threads=1)
        stopwatch = backend.stopwatch(condition)
        sensors.reasons = POWER_BRAKE
        assert stopwatch.end_round() == BlockFlag.THROTTLED


def test_the_facts_hold_device_clock_and_launch_gaps(backend, gpu):
    backend.prepare("hot", threads=1)
    stopwatch = backend.stopwatch("hot")
    stopwatch.time(gpu.kernel({"x": 4096}, 1000, 3000), 10)
    stopwatch.end_round()
    facts = backend.facts()
    assert facts["gpu"] == "simulated"
    assert facts["spans"] == 1
    assert facts["spans_with_launch_gaps"] == 0
    assert facts["sm_clock_mhz"] == 1000
    assert facts["sensor_error"] == ""
    assert facts["threads"] == 1


def test_without_sensors_the_facts_say_so_and_times_are_taken_all_the_same(gpu):
    session = CudaSession(gpu, no_sensors, gpu.clock)
    stopwatch = session.stopwatch("hot")
    assert stopwatch.time(gpu.kernel({"x": 4096}, 1000, 3000), 10).wall_ns == 10_000
    assert stopwatch.end_round() == 0
    assert session.facts()["sensor_error"] == "nvidia-ml-py isn't installed"


def test_before_the_gpu_is_started_its_memory_is_the_least_that_any_gpu_has_free(backend, gpu):
    assert backend.memory_bytes() == 60 * GIB
    backend.prepare("kernel", threads=1)
    assert backend.memory_bytes() == gpu.free_bytes()


def test_memory_that_the_driver_does_not_tell_is_guessed_with_caution(backend):
    silent = dataclasses.replace(backend, read_driver=lambda: Driver(1))
    assert silent.memory_bytes() == 2 * GIB
    absent = dataclasses.replace(backend, read_driver=lambda: None)
    assert absent.memory_bytes() == 0


def test_a_backend_can_be_used_where_build_and_driver_agree(backend, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert backend.unavailable() is None
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert backend.unavailable() == "CUDA_VISIBLE_DEVICES= hides every GPU"


@pytest.mark.parametrize(
    ("has_triton", "has_compiler", "expected"),
    [
        (False, True, "torch.compile for CUDA needs the package triton, and it isn't installed"),
        (True, False, "torch.compile for CUDA needs a C compiler, and none is on the path"),
        (True, True, None),
    ],
)
def test_compiling_needs_triton_and_a_c_compiler(
    backend, monkeypatch, has_triton, has_compiler, expected
):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: has_triton or None)
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/cc" if has_compiler else None)
    assert dataclasses.replace(backend, is_compiled=True).unavailable() == expected


def test_the_first_error_in_a_capture_is_the_one_that_is_told(monkeypatch):
    class FailingCapture:
        def __init__(self, _graph, stream):
            pass

        def __enter__(self):
            pass

        def __exit__(self, *_error):
            raise RuntimeError("capture was invalidated")

    def work():
        raise ValueError("this function waits for the device\nat line 3")

    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: SimpleNamespace(replay=None))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: None)
    monkeypatch.setattr(torch.cuda, "graph", FailingCapture)
    device = object.__new__(TorchCuda)
    with pytest.raises(MeasurementError) as caught:
        device.capture(work)
    assert str(caught.value) == (
        "can't be captured into a CUDA graph: this function waits for the device"
    )
