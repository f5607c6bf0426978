"""Statistics of units: known answers, chunking, merging, positions, and what they refuse."""

from __future__ import annotations

import pytest
import torch

from bench_service.errors import InputError
from bench_service.training.neurons.metrics import layer_metrics
from bench_service.training.neurons.statistics import UnitStatistics


def test_what_a_unit_did_is_what_a_hand_calculation_says():
    """One slice, three inputs, two units: every counter against numbers written down."""
    z = torch.tensor([[[-1.0, 2.0], [0.0, 4.0], [3.0, 6.0]]])
    h, g = z.clamp(min=0), (z > 0).float()
    statistics = UnitStatistics.empty(1, 2)
    statistics.update(z, h, g, derivative_supremum=1.0)
    assert statistics.n == 3
    assert statistics.highs[:, 0].tolist() == [[3, 6], [3, 6], [1, 1], [1, -2], [0, -2]]
    assert statistics.counts[:, 0].tolist() == [[1, 3], [2, 0], [2, 0], [0, 0]]
    assert statistics.moments[:, 0].tolist() == [[1, 4], [3, 12], [6, 8]]


def test_nothing_is_said_about_no_input():
    with pytest.raises(InputError, match="empty"):
        layer_metrics(UnitStatistics.empty(2, 3))
