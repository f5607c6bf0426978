from __future__ import annotations

import torch

from bench_service.activations import ACTIVATIONS


def test_the_identity_runs_no_kernel():
    x = torch.randn(5)
    assert ACTIVATIONS.get("identity").function(x) is x


def test_the_identity_is_defined_as_a_new_tensor():
    x = torch.randn(5, dtype=torch.float64)
    copied = ACTIVATIONS.get("identity").definition(x)
    assert copied is not x
    assert torch.equal(copied, x)


def test_the_sine_turns_for_ever():
    x = torch.tensor([1e4 + 0.5], dtype=torch.float64)
    turned = x - 2 * torch.pi * 1591
    sine = ACTIVATIONS.get("sine").function
    assert torch.allclose(sine(x), sine(turned), atol=1e-10)
