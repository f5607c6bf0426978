"""Networks that are constant at birth, held against Lu et al. 2019."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from tiny_workloads import crossed, trained

from bench_service.activations import ACTIVATIONS
from bench_service.training.initialisation import start_weights
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS
from bench_service.workloads.born_dead import NAMES, constant_share
from bench_service.workloads.network_grid import CELLS

BORN_DEAD = WORKLOADS.get("born_dead")
SEEDS = tuple(range(24))
N = 100 * len(SEEDS)


def shares(activation, seeds=SEEDS):
    """The share of constant networks by width and depth, over seeds."""
    (lr,) = BORN_DEAD.lrs
    outcomes = trained(BORN_DEAD, crossed([lr], seeds), activation, has_neurons=True).values()
    assert {(o.status, o.steps, o.neurons) for o in outcomes} == {("ok", 0, ())}
    return {
        cell: np.mean([outcome.facts[name] for outcome in outcomes])
        for cell, name in zip(CELLS, NAMES, strict=True)
    }


def skeleton():
    return build(BORN_DEAD, ACTIVATIONS.get("relu"), torch.zeros(2, 1))


@pytest.fixture(scope="module")
def of_relu():
    return shares("relu")


@pytest.mark.parametrize("width", [2, 3, 5])
def test_at_three_layers_the_share_of_relus_is_the_exact_probability(of_relu, width):
    """2^(1 - 2 N) + (1 - 2^(1 - N)) 4^(-N): by counting signs of weights. 0.15625 for N = 2."""
    exact = 2 ** (1 - 2 * width) + (1 - 2 ** (1 - width)) * 4**-width
    error = math.sqrt(exact * (1 - exact) / N)
    assert of_relu[width, 3] == pytest.approx(exact, abs=4 * error)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "{}x{}".format(*cell))
def test_the_share_of_relus_lies_within_the_bounds_of_theory(of_relu, cell):
    low, high = BORN_DEAD.facts["relu_bounds"][NAMES[CELLS.index(cell)]]
    error = math.sqrt(max(high * (1 - high), 1 / N) / N)
    assert low - 4 * error <= of_relu[cell] <= high + 4 * error


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("born_dead_width2_depth10", (0.8703, 0.8999)),
        ("born_dead_width3_depth10", (0.5134, 0.6564)),
        ("born_dead_width5_depth10", (0.0640, 0.2243)),
        ("born_dead_width10_depth10", (0.0001, 0.0078)),
    ],
)
def test_the_bounds_that_are_stored_are_those_of_the_theorem(name, bounds):
    assert BORN_DEAD.facts["relu_bounds"][name] == pytest.approx(bounds, abs=6e-5)


@pytest.mark.parametrize("activation", ["leaky_relu", "elu", "tanh", "prelu_channel"])
def test_none_is_constant_whose_slope_is_nowhere_zero(activation):
    assert set(shares(activation, (0, 1)).values()) == {0.0}


def test_deeper_networks_of_relu_are_dead_more_often_and_wider_ones_less(of_relu):
    for width in (2, 3, 5):
        by_depth = [of_relu[width, depth] for depth in (3, 5, 10, 20)]
        assert by_depth == sorted(by_depth)
    for depth in (3, 5, 10, 20):
        by_width = [of_relu[width, depth] for width in (2, 3, 5, 10)]
        assert by_width == sorted(by_width, reverse=True)


def test_a_constant_network_of_relu_has_a_layer_of_zeros_and_another_one_has_none():
    """Without biases all that comes after such a layer is zero."""
    found = skeleton()
    weights = start_weights(found, "gain", (0,))
    found.model.load_state_dict({name: value[0] for name, value in weights.items()})
    with torch.no_grad():
        prediction = found.model(BORN_DEAD.data((0,)).batch(0).x[0])
    assert prediction.shape == (16, 16, 100)
    is_zero = (prediction == 0).all(0)
    expected = is_zero.double().mean().item()
    assert 0.2 < expected < 0.4
    assert constant_share(prediction, prediction).item() == pytest.approx(expected, abs=1e-6)


def test_a_constant_that_is_not_zero_counts_and_a_small_output_that_varies_does_not():
    prediction = torch.tensor([[3.0, 1e-20, 0.0, 1.0], [3.0, 2e-20, 0.0, 1.0001]])
    assert constant_share(prediction, prediction).item() == 0.5


def test_each_depth_has_an_output_of_its_own_on_networks_of_each_width():
    found = skeleton()
    assert found.layers == tuple(f"act{i}" for i in range(1, 20))
    assert set(found.shapes.values()) == {(100 * (2 + 3 + 5 + 10),)}
    # a width N: a first layer of 2 N, 18 of N^2 + N, and 4 outputs of N + 1
    per_width = [2 * n + 18 * (n * n + n) + 4 * (n + 1) for n in (2, 3, 5, 10)]
    assert sum(p.numel() for p in found.model.parameters()) == 100 * sum(per_width)


def test_inputs_lie_evenly_on_either_side_of_zero_and_are_the_same_for_all_seeds():
    stream = BORN_DEAD.data((0, 9))
    x = stream.batch(0).x
    assert x.shape == (2, 16, 1)
    assert torch.equal(x[0], x[1])
    assert torch.equal(x[0], stream.held_out("test", 5).x[1])
    assert torch.allclose(x[0], -x[0].flip(0))
    assert not (x == 0).any()
