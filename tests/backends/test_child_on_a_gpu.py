"""A measuring child's calls on a simulated GPU: torch runs on the CPU, every kernel is charged."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from bench_service.backends.base import BACKENDS
from bench_service.backends.cuda import CudaBackend
from bench_service.backends.cuda_session import CudaSession
from bench_service.backends.nvml import SensorError
from bench_service.result import Conditions, Role
from bench_service.timing.calibrate import time_call_ns
from bench_service.timing.simulated import SimulatedGpu
from bench_service.timing.spec import EntrySpec, GroupSpec
from bench_service.timing.workbench import Workbench

NUMEL = 16384  # 64 KiB a tensor
HOT_NS, COLD_NS = 1000, 3000
RELU = EntrySpec("relu", Role.REFERENCE, "relu")
COPY = EntrySpec("copy", Role.COPY)

KERNELS = {
    torch.ops.aten.relu.default,
    torch.ops.aten.threshold_backward.default,
    torch.ops.aten.copy_.default,
}


class ChargeKernels(TorchDispatchMode):
    """Every tensor that a kernel reads or writes costs one hot or one cold access of a buffer."""

    def __init__(self, gpu):
        super().__init__()
        self.gpu = gpu

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if func in KERNELS:
            tensors = [t for t in (*args, result) if isinstance(t, torch.Tensor)]
            for address, n_bytes in {t.data_ptr(): t.nbytes for t in tensors}.items():
                self.gpu.kernel({address: n_bytes}, HOT_NS, COLD_NS)()
        return result


def no_sensors():
    raise SensorError("none on a simulated GPU")


@pytest.fixture
def gpu(monkeypatch):
    gpu = SimulatedGpu(launch_ns=2000, cache_bytes=1 << 20)
    backend = CudaBackend(
        "simulated",
        is_compiled=False,
        conditions=("kernel", "hot", "graph"),
        device="cpu",
        open_session=lambda _condition: CudaSession(gpu, no_sensors, gpu.clock),
    )
    monkeypatch.setitem(BACKENDS._entries, "simulated", backend)
    was_enabled = torch.is_grad_enabled()
    yield gpu
    torch.set_grad_enabled(was_enabled)


def time_of(gpu, entry, condition, pass_name):
    conditions = Conditions("simulated", pass_name, "float32", NUMEL, condition)
    with ChargeKernels(gpu):
        bench = Workbench.set_up(GroupSpec(conditions, (entry,)), input_seed=0)
        return time_call_ns(bench.call(entry), bench.stopwatch())


@pytest.mark.parametrize(
    ("pass_name", "n_tensors"), [("forward", 2), ("backward", 3)], ids=["forward", "backward"]
)
@pytest.mark.parametrize("condition", ["kernel", "graph"])
def test_no_tensor_of_a_cold_call_is_in_the_cache(gpu, condition, pass_name, n_tensors):
    assert time_of(gpu, RELU, condition, pass_name) == n_tensors * COLD_NS


@pytest.mark.parametrize(("pass_name", "n_tensors"), [("forward", 2), ("backward", 3)])
def test_every_tensor_of_a_hot_call_is_in_the_cache(gpu, pass_name, n_tensors):
    assert time_of(gpu, RELU, "hot", pass_name) == n_tensors * HOT_NS


@pytest.mark.parametrize("condition", ["kernel", "graph"])
def test_the_copy_is_as_cold_as_what_it_is_held_against(gpu, condition):
    assert time_of(gpu, COPY, condition, "forward") == 2 * COLD_NS


def test_a_training_pass_finds_in_the_cache_only_what_it_has_just_written(gpu):
    found = time_of(gpu, RELU, "kernel", "forward_backward")
    reads_and_writes = 5  # x, y; y again, the gradient, its result
    assert HOT_NS * reads_and_writes < found <= 4 * COLD_NS + HOT_NS
