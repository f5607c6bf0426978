from __future__ import annotations

import pytest
import torch

from bench_service.activations.channels import crelu


@pytest.mark.parametrize("shape", [(6,), (4, 6), (4, 6, 3), (4, 6, 3, 3)])
def test_crelu_doubles_the_channels_and_nothing_else(shape):
    x = torch.randn(shape)
    doubled = list(shape)
    doubled[min(1, len(shape) - 1)] *= 2
    assert list(crelu(x).shape) == doubled


def test_crelu_loses_nothing():
    x = torch.randn(8, 5, dtype=torch.float64)
    positive, negative = crelu(x).chunk(2, dim=1)
    assert torch.equal(positive - negative, x)


def test_exactly_half_of_crelus_outputs_are_zero():
    assert (crelu(torch.randn(64, 8)) == 0).double().mean().item() == 0.5
