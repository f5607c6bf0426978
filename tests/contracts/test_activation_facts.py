"""What an activation says of itself is what a grid shows."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import torch
from entries import (
    CATALOGUE,
    ELEMENTWISE,
    GATED,
    USER_NAMES,
    learnt,
    over,
    packed_input,
)
from torch import nn

from bench_service.activations import ACTIVATIONS, ShapeClass

INF = math.inf


@over(*ELEMENTWISE)
def test_can_be_zero_is_what_a_grid_shows(entry, reference):
    x = np.linspace(-6, 8, 1401)
    assert entry.can_be_zero == _has_a_run(reference.value(entry.name, x) == 0)


@over(*ELEMENTWISE)
def test_can_be_flat_is_what_a_grid_shows(entry, reference):
    x = np.linspace(-6, 8, 1401) + 1e-4
    assert entry.can_be_flat == _has_a_run(reference.slope(entry.name, x) == 0)


def _has_a_run(found, length=20):
    return bool((np.convolve(found, np.ones(length), mode="valid") == length).any())


@over(*GATED)
def test_a_gated_unit_is_dead_on_an_open_set_only_with_relu(entry):
    x = torch.cat((torch.full((1, 4), 0.7), torch.linspace(-5.0, -1.0, 4)[None]), dim=1).double()
    is_dead = bool((entry.function(x) == 0).all() and (entry.derivative(x) == 0).all())
    assert is_dead == (entry.name == "reglu")
    assert entry.can_be_zero == entry.can_be_flat == is_dead


# Where a grid misses the steepest slope: far to the right, or just left of a kink.
STEEPEST_AT = {"squareplus": 1e5, "softsign": 1e-9, "selu": -1e-9, "hardswish": 3 - 1e-9}


@over(*(name for name in ELEMENTWISE if math.isfinite(ACTIVATIONS.get(name).derivative_supremum)))
def test_the_steepest_slope_is_the_supremum(entry, reference):
    x = np.append(np.linspace(-30, 30, 120001) + 1e-7, STEEPEST_AT.get(entry.name, 0.5))
    steepest = np.abs(reference.slope(entry.name, x)).max()
    assert steepest <= entry.derivative_supremum * (1 + 1e-9)
    assert steepest == pytest.approx(entry.derivative_supremum, rel=1e-6)


@over("relu2", "starrelu")
def test_a_squared_rectifier_has_no_steepest_slope(entry, reference):
    assert entry.derivative_supremum == INF
    assert reference.slope(entry.name, np.array([1e6]))[0] > 1e6


@over(*CATALOGUE, *USER_NAMES)
def test_the_entry_describes_itself(entry):
    assert entry.formula
    assert entry.latex
    assert entry.source == "user" or re.search(r"(19|20)\d\d|torch|control", entry.source)
    assert entry.version >= 1


@over(*CATALOGUE)
def test_the_defaults_are_the_parameters_that_are_listed(entry):
    x = packed_input(entry)
    tensors = learnt(entry, x)
    if entry.shape_class is not ShapeClass.STOCHASTIC:
        named = entry.function(x, **tensors, **entry.parameters)
        assert torch.equal(named, entry.function(x, **tensors))
    assert torch.equal(entry.definition(x, **entry.parameters), entry.definition(x))
    assert torch.equal(entry.derivative(x, **entry.parameters), entry.derivative(x))
    module = entry.module(**entry.parameters)
    assert isinstance(module, nn.Module)
