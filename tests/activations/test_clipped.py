from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations import ACTIVATIONS
from bench_service.activations.clipped import relu1, thresholded_relu

X = torch.linspace(-8, 8, 65, dtype=torch.float64)


def test_relu6_is_flat_above_six():
    relu6 = ACTIVATIONS.get("relu6")
    x = torch.tensor([5.5, 6.0, 6.5, 1e6], dtype=torch.float64)
    assert relu6.function(x).tolist() == [5.5, 6.0, 6.0, 6.0]
    assert relu6.derivative(x).tolist() == [1.0, 0.0, 0.0, 0.0]


def test_the_cap_of_relu1_can_be_moved():
    assert relu1(torch.tensor([-1.0, 1.5, 3.0]), cap=2.0).tolist() == [0.0, 1.5, 2.0]
    assert torch.equal(relu1(X, cap=6.0), F.relu6(X))
    relu1_entry = ACTIVATIONS.get("relu1")
    assert torch.equal(relu1_entry.definition(X, cap=6.0), F.relu6(X))
    assert torch.equal(relu1_entry.module(cap=6.0)(X), F.relu6(X))


def test_a_threshold_of_zero_is_relu():
    assert torch.equal(thresholded_relu(X, threshold=0.0), F.relu(X))
    assert torch.equal(ACTIVATIONS.get("thresholded_relu").definition(X, threshold=0.0), F.relu(X))


def test_thresholded_relu_drops_what_lies_on_its_threshold():
    assert thresholded_relu(torch.tensor([0.99, 1.0, 1.01])).tolist() == pytest.approx([0, 0, 1.01])
