from __future__ import annotations

import pytest
import torch

from bench_service.activations import ACTIVATIONS, ShapeClass

GATED = [a for a in ACTIVATIONS if a.shape_class is ShapeClass.WIDTH_HALVED]
ONES, TWOS = torch.ones(3), torch.full((3,), 2.0)


@pytest.mark.parametrize(
    ("name", "gate_of_two"),
    [
        ("glu", 0.8807970779778823),
        ("bilinear", 2.0),
        ("reglu", 2.0),
        ("geglu", 1.9544997361036416),
        ("swiglu", 1.7615941559557646),
    ],
)
def test_the_second_half_is_the_gate(name, gate_of_two):
    function = ACTIVATIONS.get(name).function
    assert function(torch.cat((ONES, TWOS))).tolist() == pytest.approx([gate_of_two] * 3)


def test_a_closed_gate_lets_nothing_through():
    shut = torch.full((3,), -1e3)
    for name in ("glu", "reglu", "geglu", "swiglu"):
        assert not ACTIVATIONS.get(name).function(torch.cat((ONES, shut))).any()


@pytest.mark.parametrize("entry", GATED, ids=lambda entry: entry.name)
@pytest.mark.parametrize("shape", [(8,), (3, 8), (2, 3, 8)])
def test_a_gated_unit_halves_the_last_dimension(entry, shape):
    x = torch.randn(shape)
    assert entry.function(x).shape == (*shape[:-1], 4)
    assert entry.definition(x.double()).shape == (*shape[:-1], 4)
    assert entry.derivative(x.double()).shape == shape


def test_the_bilinear_unit_does_not_care_which_half_is_the_gate():
    bilinear = ACTIVATIONS.get("bilinear").function
    first, second = torch.randn(2, 5)
    there, back = torch.cat((first, second)), torch.cat((second, first))
    assert torch.equal(bilinear(there), bilinear(back))
