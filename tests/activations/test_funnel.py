from __future__ import annotations

import pytest
import torch

from bench_service.activations import ACTIVATIONS
from bench_service.activations.funnel import FunnelReLU


def test_funnel_passes_a_peak_and_lifts_a_hollow():
    x = torch.zeros(1, 1, 5, 5, dtype=torch.float64)
    x[0, 0, 2, 2] = 9.0
    got = ACTIVATIONS.get("funnel_frelu").definition(x)
    assert got[0, 0, 2, 2] == 9.0
    assert got[0, 0, 1, 1].item() == pytest.approx(1.0, rel=1e-5)
    assert got[0, 0, 0, 0] == 0.0


def test_the_steepest_funnel_is_reached_by_one_peak_among_equal_pixels():
    x = torch.ones(1, 1, 5, 5, dtype=torch.float64)
    x[0, 0, 2, 2] = 1.1
    activation = ACTIVATIONS.get("funnel_frelu")
    steepest = activation.derivative(x)[0, 0, 2, 2].item()
    assert steepest == pytest.approx(1 + 8 / 9, rel=1e-4)
    assert steepest == pytest.approx(activation.derivative_supremum, rel=1e-12)


def test_the_funnel_module_normalises_by_the_batch_while_it_trains():
    module = FunnelReLU(n_channels=2)
    x = 3 * torch.randn(8, 2, 6, 6)
    noticed = module(x)
    assert not torch.equal(noticed, module.eval()(x))
    assert module.norm.running_var.mean() != 1.0


def test_the_funnel_learns_filters_scale_and_shift_but_not_its_statistics():
    tensors = ACTIVATIONS.get("funnel_frelu").tensors(4, torch.float32, torch.device("cpu"))
    learnt = {name for name, tensor in tensors.items() if tensor.requires_grad}
    assert learnt == {"weight", "scale", "shift"}
    assert tensors["weight"].shape == (4, 1, 3, 3)
