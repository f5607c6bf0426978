"""Gradient-variance factors: closed forms, hand-made gradients, and plain networks."""

from __future__ import annotations

import math

import pytest
import torch

from bench_service.activations import ACTIVATIONS
from bench_service.activations.constants import constants
from bench_service.errors import InputError
from bench_service.training.neurons.gradient_variance import (
    measured_factors,
    predicted_factors,
    variance_factors,
)

KEEPING = [a for a in ACTIVATIONS if a.shape_class.keeps_width]
STEADY = [a for a in KEEPING if constants(a).variance_slope <= 1]
DRIFTING = [a for a in KEEPING if constants(a).variance_slope > 1]
BAR = 0.03


def mean_ratio(activation, **keywords):
    """Measured over predicted, the mean over seeds and layers."""
    sizes = {"width": 256, "init": "gain", "seeds": range(6), "n_inputs": 192} | keywords
    predicted = predicted_factors(activation, keywords["depth"], sizes["init"])
    measured = measured_factors(activation, **sizes).mean(0)
    return (measured / torch.tensor(predicted)).mean().item()


def test_factors_are_ratios_of_squared_norms_for_layers_of_any_shape():
    """One slice has norms 3, 1 and 2 squared: 9 / 1 and 1 / 4. The other has nothing above."""
    first = torch.tensor([[[1.0, 2, 2]], [[1, 0, 0]]])
    second = torch.tensor([[[[0.6], [0.8]]], [[[0], [0]]]])
    third = torch.tensor([[[2.0]], [[1]]])
    found = variance_factors([first, second, third])
    assert found.dtype is torch.float64
    assert found[0].tolist() == pytest.approx([9, 0.25])
    assert found[1, 0].isnan()
    assert found[1, 1].item() == 0


@pytest.mark.parametrize(
    ("name", "chi"),
    [("relu", 1.0), ("sigmoid", 0.1528), ("tanh", 1.1778), ("elu", 1.0359), ("softplus", 0.3185),
     ("selu", 1.0716), ("identity", 1.0), ("sine", 1.3130)],
)  # fmt: skip
def test_at_its_gain_every_layer_has_the_factor_of_the_constants(name, chi):
    """At the gain variance stays 1, so that depth doesn't matter."""
    activation = ACTIVATIONS.get(name)
    factors = predicted_factors(activation, 4, "gain")
    assert factors == pytest.approx([chi] * 3, abs=1e-4)
    assert factors == pytest.approx([constants(activation).chi] * 3, rel=1e-6)


def test_torchs_default_lets_gradients_of_relu_networks_vanish_sixfold_a_layer():
    """Weights of variance 1/3 over fan-in, half of the units active: 1/6."""
    relu = ACTIVATIONS.get("relu")
    assert predicted_factors(relu, 5, "torch_default") == pytest.approx([1 / 6] * 4)
    assert predicted_factors(relu, 5, "he") == pytest.approx([1.0] * 4)


def test_where_variance_drifts_so_does_the_factor():
    """Sine with weights of variance 2: q -> 1 - exp(-2 q), and chi = 1 + exp(-2 q)."""
    variance, expected = 1.0, []
    for _ in range(3):
        expected.append(1 + math.exp(-2 * variance))
        variance = 1 - math.exp(-2 * variance)
    found = predicted_factors(ACTIVATIONS.get("sine"), 4, "he")
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("activation", STEADY, ids=lambda a: a.name)
def test_in_a_deep_plain_network_the_factor_is_within_three_percent(activation):
    assert mean_ratio(activation, depth=8) == pytest.approx(1, abs=BAR)


@pytest.mark.parametrize("activation", DRIFTING, ids=lambda a: a.name)
def test_of_one_layer_the_factor_is_within_three_percent_where_variance_drifts(activation):
    """Beyond one layer the factors of a finite network spread and drift by construction."""
    assert mean_ratio(activation, depth=2, seeds=range(12)) == pytest.approx(1, abs=BAR)


@pytest.mark.parametrize("name", ["relu", "tanh", "elu", "sigmoid"])
@pytest.mark.parametrize("init", ["he", "torch_default"])
def test_other_initialisations_are_predicted_too(name, init):
    ratio = mean_ratio(ACTIVATIONS.get(name), depth=4, init=init)
    assert ratio == pytest.approx(1, abs=BAR)


def test_a_seed_is_the_same_network_again_and_another_seed_another():
    relu = ACTIVATIONS.get("relu")
    sizes = {"width": 16, "depth": 3, "init": "gain", "n_inputs": 8}
    both = measured_factors(relu, seeds=[4, 5], **sizes)
    assert both.shape == (2, 2)
    assert torch.equal(both[:1], measured_factors(relu, seeds=[4], **sizes))
    assert not torch.equal(both[0], both[1])


def test_an_unknown_initialisation_and_a_width_that_changes_are_refused():
    with pytest.raises(InputError, match="no initialisation"):
        predicted_factors(ACTIVATIONS.get("relu"), 3, "xavier")
    with pytest.raises(InputError, match="no gain"):
        measured_factors(
            ACTIVATIONS.get("crelu"), width=8, depth=3, init="gain", seeds=[0], n_inputs=4
        )
