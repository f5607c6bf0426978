import dataclasses

import pytest
import torch

from bench_service.backends.mps import MpsBackend, why_no_mps
from bench_service.backends.xpu import XpuBackend, vendors_of_gpus, why_no_xpu
from bench_service.timing.rotation import rotating
from bench_service.timing.simulated import SimulatedGpu

APPLE = {"is_built": True, "system": "darwin", "machine": "arm64", "macos": "15.1"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"system": "linux"}, "MPS is for Apple computers, and this one runs linux"),
        ({"is_built": False}, f"this torch ({torch.__version__}) is built without MPS"),
        ({"machine": "x86_64"}, "MPS needs an Apple processor, and this one is x86_64"),
        ({"macos": "13.6"}, "MPS needs macOS 14 or later, and this is 13.6"),
    ],
)
def test_why_metal_can_not_be_used(changed, expected):
    assert why_no_mps(**(APPLE | changed)) == expected


@pytest.mark.parametrize(
    ("build", "vendors", "expected"),
    [
        (None, ["0x8086"], f"this torch ({torch.__version__}) is built without XPU"),
        ("20250101", ["0x10de"], "no Intel GPU has a driver here"),
        ("20250101", ["0x10de", "0x8086"], None),
    ],
)
def test_why_an_intel_gpu_can_not_be_used(build, vendors, expected):
    assert why_no_xpu(build=build, vendors=vendors) == expected


def test_vendors_are_read_from_the_kernel_without_starting_a_device(tmp_path):
    for node, vendor in {"renderD128": "0x10de", "renderD129": "0x8086", "card0": "0x1"}.items():
        folder = tmp_path / node / "device"
        folder.mkdir(parents=True)
        (folder / "vendor").write_text(vendor + "\n")
    assert vendors_of_gpus(tmp_path) == ("0x10de", "0x8086")
    assert vendors_of_gpus(tmp_path / "absent") == ()


class Unpausable(SimulatedGpu):
    can_sleep = False

    def sleep(self, duration_ns):
        pass


@pytest.fixture
def xpu():
    gpu = Unpausable(launch_ns=5000, cache_bytes=1 << 20)
    return gpu, XpuBackend("xpu-eager", open_device=lambda: gpu)


def test_kernels_longer_than_their_launch_are_timed_right_on_a_queue_without_pauses(xpu):
    gpu, backend = xpu
    backend.prepare("kernel", threads=1)
    n_sets = backend.n_sets("kernel", 256 << 10)
    sets = [gpu.kernel({i: 256 << 10}, 8000, 9000) for i in range(n_sets)]
    reading = backend.stopwatch("kernel").time(rotating(sets), 20)
    assert n_sets == 17
    assert reading.wall_ns == 5000 + 20 * 9000
    assert backend.facts()["spans_with_launch_gaps"] == 1


def test_the_wall_of_an_intel_gpu_is_from_idle_to_idle(xpu, monkeypatch):
    gpu, backend = xpu
    backend.prepare("wall", threads=1)
    stopwatch = backend.stopwatch("wall")
    stopwatch._clock = gpu.clock
    assert backend.n_sets("wall", 256 << 10) == 1
    assert stopwatch.time(gpu.kernel({"x": 1}, 1000, 1000), 20).wall_ns == 101_000


def test_the_memory_of_an_intel_gpu_is_guessed_until_it_is_started(xpu):
    gpu, backend = xpu
    assert backend.memory_bytes() == 2 << 30
    backend.prepare("wall", threads=1)
    assert backend.memory_bytes() == gpu.free_bytes()


def test_metal_is_timed_by_the_host_with_a_wait_at_each_end(monkeypatch):
    waits = []
    monkeypatch.setattr(torch.mps, "synchronize", lambda: waits.append(1))
    backend = MpsBackend("mps-eager")
    backend.prepare("wall", threads=1)
    assert backend.stopwatch("wall").time(lambda: None, 5).wall_ns > 0
    assert len(waits) == 2
    assert backend.n_sets("wall", 1) == 1
    assert backend.memory_bytes() > 0


def test_backends_are_values(xpu):
    _, backend = xpu
    with pytest.raises(dataclasses.FrozenInstanceError):
        backend.name = "other"
