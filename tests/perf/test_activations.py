"""A small grid of activations: calls as a user makes them, on one thread, one after the other.

They show that something happened, and are no comparison: one process may differ from the next by
several per cent, and the cases don't share rounds. `bench-service run` compares.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from bench_service.activations import ACTIVATIONS
from bench_service.result import Pass
from bench_service.timing.inputs import draw_input
from bench_service.timing.passes import PASSES, Workpiece, needs_gradient

pytestmark = pytest.mark.benchmark(max_time=0.1, min_rounds=5, min_time=0.0001, warmup=False)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("pass_name", [Pass.FORWARD, Pass.BACKWARD], ids=str)
@pytest.mark.parametrize("numel", [1024, 262_144])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "gelu", "silu"])
def test_activation(benchmark, activation, numel, pass_name):
    benchmark.group = f"{pass_name} of {numel:,} elements"
    benchmark.extra_info |= {
        "activation": activation,
        "backend": "cpu-eager",
        "dtype": "float32",
        "numel": numel,
        "pass": str(pass_name),
        "threads": 1,
    }
    with torch.set_grad_enabled(needs_gradient(pass_name)):
        generator = torch.Generator().manual_seed(0)
        device = torch.device("cpu")
        x = draw_input("normal", numel, "contiguous", torch.float32, device, generator)
        x.requires_grad_(needs_gradient(pass_name))
        function = ACTIVATIONS.get(activation).function
        result = benchmark(PASSES[pass_name](Workpiece(function, x, (x,))))
    y = result if pass_name is Pass.FORWARD else result[0]
    assert y.shape == x.shape
    assert y.isfinite().all()
