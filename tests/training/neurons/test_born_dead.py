"""Networks and units dead before the first step: closed forms against simulation, and both ways."""

from __future__ import annotations

import math

import pytest
import torch
from scipy import stats

from bench_service.training.neurons.born_dead import (
    TWO_RAYS,
    born_dead_nets,
    single_input_probability,
    two_ray_bounds,
)
from bench_service.training.neurons.metrics import layer_metrics
from bench_service.training.neurons.statistics import UnitStatistics

N_NETS = 20_000
ONE_INPUT = torch.tensor([[0.7, -1.3, 0.2]], dtype=torch.float64)
RAYS = torch.tensor(TWO_RAYS, dtype=torch.float64)


def simulated(function, inputs, width, n_hidden, *, seed=0, n_nets=N_NETS):
    generator = torch.Generator().manual_seed(seed)
    return born_dead_nets(
        function, inputs=inputs, width=width, n_hidden=n_hidden, n_nets=n_nets, generator=generator
    )


def interval_99(dead):
    """Clopper and Pearson's exact interval."""
    found = stats.binomtest(int(dead.sum()), len(dead)).proportion_ci(0.99, method="exact")
    return found.low, found.high


@pytest.mark.parametrize(
    ("width", "expected"), [(2, 0.9249), (3, 0.6993), (4, 0.4406), (5, 0.2485), (10, 0.0088)]
)
def test_on_one_input_the_probability_is_exact(width, expected):
    """Ten layers, nine of them hidden: 1 - (1 - 2^-N)^9."""
    exact = single_input_probability(width, 9)
    assert exact == pytest.approx(expected, abs=5e-5)
    low, high = interval_99(simulated(torch.relu, ONE_INPUT, width, 9))
    assert low <= exact <= high


@pytest.mark.parametrize(
    ("width", "numerator", "denominator"), [(2, 5, 32), (3, 11, 256), (4, 23, 2048), (5, 47, 16384)]
)
def test_at_depth_three_the_lower_bound_is_the_probability_itself(width, numerator, denominator):
    """2^(1-2N) + (1 - 2^(1-N)) 4^-N, by hand: one ray dead already, or both at once.

    The first layer leaves each unit alive on one ray alone. All on the same with probability
    2^(1-N): then the other layer dies with 2^-N. Else the two rays die independently, 2^-N each.
    """
    exact = 2.0 ** (1 - 2 * width) + (1 - 2.0 ** (1 - width)) * 4.0**-width
    assert exact == pytest.approx(numerator / denominator)
    assert two_ray_bounds(width, 3)[0] == pytest.approx(exact, rel=1e-12)
    low, high = interval_99(simulated(torch.relu, RAYS, width, 2))
    assert low <= exact <= high


@pytest.mark.parametrize(
    ("width", "low", "high"),
    [(2, 0.8703, 0.8999), (3, 0.5134, 0.6564), (5, 0.0640, 0.2243), (10, 0.0001, 0.0078)],
)
def test_on_two_rays_at_depth_ten_simulation_lies_within_the_bounds(width, low, high):
    assert two_ray_bounds(width, 10) == pytest.approx((low, high), abs=5e-5)
    simulated_low, simulated_high = interval_99(simulated(torch.relu, RAYS, width, 9))
    assert simulated_low <= high
    assert simulated_high >= low


def test_many_inputs_on_the_line_die_when_the_two_rays_do():
    """Without biases a ReLU network is linear on either side of 0, so two inputs stand for all."""
    line = torch.linspace(-3, 3, 12, dtype=torch.float64)[:, None]
    both = (simulated(torch.relu, inputs, 3, 6, n_nets=500) for inputs in (RAYS, line))
    assert torch.equal(*both)


def test_a_leaky_network_is_never_born_dead():
    """Twenty layers of width two, where nearly every ReLU network is: 0.01^19 is no zero."""
    assert simulated(torch.relu, RAYS, 2, 19).double().mean() > 0.98
    assert not simulated(torch.nn.LeakyReLU(0.01), RAYS, 2, 19).any()


def test_nets_are_those_of_the_generator_however_many_there_are():
    first = simulated(torch.relu, RAYS, 3, 5, n_nets=40_000)
    assert first.shape == (40_000,)
    assert torch.equal(first, simulated(torch.relu, RAYS, 3, 5, n_nets=40_000))
    assert not torch.equal(first, simulated(torch.relu, RAYS, 3, 5, seed=1, n_nets=40_000))


# Single units, by the statistics that training uses


def dead_units(inputs, n_units=20_000, seed=0):
    """Share of units without bias and with normal weights that are dead on the given inputs."""
    weight = torch.randn(inputs.shape[1], n_units, generator=torch.Generator().manual_seed(seed))
    z = (inputs @ weight)[None]
    statistics = UnitStatistics.empty(1, n_units)
    statistics.update(z, z.relu(), (z > 0).float(), derivative_supremum=1.0)
    return round(layer_metrics(statistics)["grad_dead"].item() * n_units), n_units


@pytest.mark.parametrize("n_inputs", [1, 2, 5])
def test_a_unit_is_dead_on_independent_inputs_with_probability_two_to_minus_their_number(n_inputs):
    found = stats.binomtest(*dead_units(torch.eye(n_inputs))).proportion_ci(0.99)
    assert found.low <= 2.0**-n_inputs <= found.high


def test_a_unit_is_dead_on_two_correlated_inputs_by_their_angle():
    """1/4 + asin(rho) / (2 pi), which is 1/3 at a correlation of 1/2: Sheppard's formula."""
    inputs = torch.tensor([[1.0, 0.0], [0.5, math.sqrt(0.75)]])
    found = stats.binomtest(*dead_units(inputs)).proportion_ci(0.99)
    assert found.low <= 1 / 3 <= found.high
