from __future__ import annotations

import pytest
import torch

from bench_service.activations import ACTIVATIONS
from bench_service.activations.probe import make_probe, near_kinks, output_shape

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


def probe(name, dtype=torch.float32, seed=0):
    return make_probe(ACTIVATIONS.get(name), dtype, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_probe_has_both_signs_both_zeros_kinks_and_large_numbers(dtype):
    x = probe("relu6", dtype).flatten()
    assert x.dtype == dtype
    assert x.isfinite().all()
    assert 0.4 < (x < 0).double().mean() < 0.6
    zeros = x[x == 0]
    assert zeros.signbit().any()
    assert not zeros.signbit().all()
    assert (x == 6).any()
    assert x.max() >= 100
    assert x.min() <= -100
    assert (x.abs() == torch.finfo(dtype).tiny).any()


def test_a_seed_decides_the_probe():
    assert torch.equal(probe("relu"), probe("relu"))
    assert not torch.equal(probe("relu"), probe("relu", seed=1))


@pytest.mark.parametrize(
    ("name", "shape", "result"),
    [
        ("relu", (256, 8), (256, 8)),
        ("crelu", (256, 8), (256, 16)),
        ("swiglu", (64, 32), (64, 16)),
        ("funnel_frelu", (2, 8, 12, 12), (2, 8, 12, 12)),
    ],
)
def test_a_probe_has_the_shape_that_the_class_accepts(name, shape, result):
    x = probe(name)
    assert x.shape == shape
    assert output_shape(ACTIVATIONS.get(name), x.shape) == result


def test_kinks_have_a_neighbourhood_that_grows_with_them():
    x = torch.tensor([0.0, 0.001, 0.01, 59.95, 60.5])
    assert near_kinks(x, (0.0, 60.0), 2e-3).tolist() == [True, True, False, True, False]
