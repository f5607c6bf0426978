from types import SimpleNamespace

import pytest

from bench_service.backends.driver import (
    Driver,
    TorchBuild,
    n_visible,
    read_driver,
    why_no_cuda,
)

CUDA_BUILD = TorchBuild("2.13.0+cu130", "13.0")
GIB = 1 << 30


def fake_nvml(free=(70 * GIB, 60 * GIB), *, version=13_000, init=0, count=0):
    """An NVML that answers through the pointers it is given, as the library does."""
    calls = []

    def get_count(pointer):
        pointer._obj.value = len(free)
        return count

    def get_version(pointer):
        pointer._obj.value = version or 0
        return 0 if version else 3

    def get_handle(index, pointer):
        pointer._obj.value = index + 1
        return 0

    def get_memory(handle, pointer):
        n_bytes = free[handle.value - 1]
        pointer._obj.free = n_bytes or 0
        return 0 if n_bytes else 3

    def get_name(handle, text, size):
        text.value = f"GPU {handle.value}".encode()
        return 0 if size >= 64 else 7

    return SimpleNamespace(
        calls=calls,
        nvmlDeviceGetName=get_name,
        nvmlInit_v2=lambda: calls.append("init") or init,
        nvmlShutdown=lambda: calls.append("shutdown") or 0,
        nvmlDeviceGetCount_v2=get_count,
        nvmlSystemGetCudaDriverVersion_v2=get_version,
        nvmlDeviceGetHandleByIndex_v2=get_handle,
        nvmlDeviceGetMemoryInfo=get_memory,
    )


def loader(**libraries):
    def load(name):
        key = "cuda" if "cuda" in name else "nvml"
        if key not in libraries:
            raise OSError(f"{name}: cannot open shared object file")
        return libraries[key]

    return load


def test_a_driver_tells_its_gpus_its_newest_cuda_and_their_free_memory():
    nvml = fake_nvml()
    found = read_driver(loader(cuda=object(), nvml=nvml))
    assert found == Driver(2, 13_000, (70 * GIB, 60 * GIB), ("GPU 1", "GPU 2"))
    assert nvml.calls == ["init", "shutdown"]


def test_no_library_of_the_driver_means_no_driver():
    assert read_driver(loader()) is None


def test_without_the_management_library_device_nodes_are_counted(tmp_path):
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert read_driver(loader(cuda=object()), tmp_path) == Driver(2)


def test_a_management_library_that_does_not_start_means_no_gpu():
    assert read_driver(loader(cuda=object(), nvml=fake_nvml(init=9))) == Driver(0)


def test_a_driver_that_does_not_count_means_no_gpu_and_is_closed_again():
    nvml = fake_nvml(count=999)
    assert read_driver(loader(cuda=object(), nvml=nvml)) == Driver(0)
    assert nvml.calls == ["init", "shutdown"]


def test_what_the_driver_keeps_to_itself_is_left_out():
    nvml = fake_nvml(free=(None, 60 * GIB), version=None)
    assert read_driver(loader(cuda=object(), nvml=nvml)) == Driver(
        2, None, (60 * GIB,), ("GPU 1", "GPU 2")
    )


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, 4),
        ("0,1", 2),
        ("3", 1),
        ("", 0),
        ("-1", 0),
        ("1,-1,2", 1),
        ("7", 0),
        ("GPU-8932f937, GPU-1a2b", 2),
        (" 2 , 0 ", 2),
    ],
)
def test_cuda_visible_devices_leaves_this_many_of_four(visible, expected):
    assert n_visible(4, visible) == expected


@pytest.mark.parametrize(
    ("build", "driver", "visible", "expected"),
    [
        (
            TorchBuild("2.13.0+cpu", None),
            Driver(1),
            None,
            "this torch (2.13.0+cpu) is built without CUDA",
        ),
        (
            TorchBuild("2.13.0+rocm7", None, "7.0"),
            Driver(1),
            None,
            "this torch (2.13.0+rocm7) is built for AMD GPUs, and CUDA is NVIDIA's",
        ),
        (
            CUDA_BUILD,
            None,
            None,
            "no NVIDIA driver is installed: libcuda.so.1 can't be loaded",
        ),
        (CUDA_BUILD, Driver(0), None, "an NVIDIA driver is installed, but it finds no GPU"),
        (CUDA_BUILD, Driver(2), "-1", "CUDA_VISIBLE_DEVICES=-1 hides every GPU"),
        (
            CUDA_BUILD,
            Driver(1, 12_040),
            None,
            "the NVIDIA driver runs CUDA up to 12.4, and this torch needs 13.0",
        ),
        (CUDA_BUILD, Driver(1, 13_020), None, None),
        (CUDA_BUILD, Driver(1, None), "0", None),
    ],
)
def test_why_cuda_can_not_be_used(build, driver, visible, expected):
    assert why_no_cuda(build, lambda: driver, visible) == expected


def test_a_torch_without_cuda_does_not_ask_the_driver():
    def driver():
        raise AssertionError("asked")

    assert why_no_cuda(TorchBuild("2.13.0+cpu", None), driver, None)
