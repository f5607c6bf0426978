"""A Boltzmann machine against scikit-learn's, and contrastive divergence by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from scipy.special import expit
from sklearn.datasets import load_digits
from sklearn.neural_network import BernoulliRBM
from tiny_workloads import crossed, curve, trained

from bench_service.activations import ACTIVATIONS
from bench_service.training.factory import ModuleFactory
from bench_service.workloads import WORKLOADS
from bench_service.workloads.rbm import Machine, intensities, objective, reading_loss

WORKLOAD = WORKLOADS.get("rbm")


def machine(activation):
    torch.manual_seed(0)
    made = Machine(ModuleFactory(ACTIVATIONS.get(activation)))
    torch.nn.init.normal_(made.visible_bias)
    return made


def reference_of(made):
    """A BernoulliRBM with the same weights."""
    reference = BernoulliRBM(n_components=128)
    reference.components_ = made.hidden.weight.detach().numpy()
    reference.intercept_hidden_ = made.hidden.bias.detach().numpy()
    reference.intercept_visible_ = made.visible_bias.detach().numpy()
    reference.n_features_in_ = 64
    return reference


def means(made, v):
    """Hidden units of the data, their reconstruction, and its hidden units, by scikit-learn."""
    reference = reference_of(made)
    h = reference.transform(v)
    rebuilt = expit(h @ reference.components_ + reference.intercept_visible_)
    return h, rebuilt, reference.transform(rebuilt)


def digits(n=20):
    return intensities().x[:n], intensities().y[:n]


def test_intensities_are_the_pixels_of_scikit_learn_from_0_to_1():
    pixels, labels = load_digits(return_X_y=True)
    arrays = intensities()
    assert arrays.x.numpy() == pytest.approx(pixels / 16)
    assert (arrays.x.min(), arrays.x.max()) == (0, 1)
    assert arrays.y.tolist() == labels.tolist()


def test_it_has_the_parameters_of_a_machine_and_its_reading():
    n = sum(parameter.numel() for parameter in machine("relu").parameters())
    assert n == 64 * 128 + 128 + 64 + (128 + 1) * 10


def test_sigmoid_units_and_reconstructions_are_those_of_scikit_learn():
    made, (x, _) = machine("sigmoid"), digits()
    h, rebuilt, _ = means(made, x.numpy())
    read = h @ made.reading.weight.detach().numpy().T + made.reading.bias.detach().numpy()
    found = made(x).detach().numpy()
    assert found[:, :10] == pytest.approx(read, abs=1e-5)
    assert found[:, 10] == pytest.approx(np.mean((rebuilt - x.numpy()) ** 2, axis=1), abs=1e-6)


def test_the_gradient_is_that_of_contrastive_divergence():
    """Hinton 2002: what units say together of the data less what they say of the reconstruction."""
    made, (x, y) = machine("sigmoid"), digits()
    prediction = made(x)
    (objective(prediction, y, ()) - reading_loss(prediction, y)).backward()
    v, n = x.numpy(), len(x)
    h, rebuilt, h_rebuilt = means(made, v)
    weights = -(h.T @ v - h_rebuilt.T @ rebuilt) / n
    assert made.hidden.weight.grad.numpy() == pytest.approx(weights, abs=1e-6)
    assert made.hidden.bias.grad.numpy() == pytest.approx(-(h - h_rebuilt).mean(0), abs=1e-6)
    assert made.visible_bias.grad.numpy() == pytest.approx(-(v - rebuilt).mean(0), abs=1e-6)


def test_labels_don_t_reach_what_hidden_units_learn():
    made, (x, y) = machine("relu"), digits()
    reading_loss(made(x), y).backward()
    assert made.reading.weight.grad.abs().sum() > 0
    for learnt in (made.hidden.weight, made.hidden.bias, made.visible_bias):
        assert learnt.grad is None or not learnt.grad.any()


@pytest.mark.parametrize(("activation", "is_equivariant"), [("nrelu", True), ("sigmoid", False)])
def test_rectified_units_without_bias_follow_the_intensity_of_the_input(activation, is_equivariant):
    """Nair and Hinton 2010, section 2.3: an input k times as bright gives units k times as high."""
    made = machine(activation).eval()
    torch.nn.init.zeros_(made.hidden.bias)
    x, _ = digits()
    dim, bright = (made.act_data(made.hidden(k * x)) for k in (1.0, 3.0))
    assert torch.allclose(bright, 3 * dim, rtol=1e-5, atol=1e-6) is is_equivariant


@pytest.mark.parametrize("activation", ["relu", "nrelu"])
def test_a_stack_trains_as_a_plain_loop(activation):
    assert_trains_as_a_plain_loop(WORKLOAD, (1e-3, 1e-2), activation)


def test_reconstructions_get_better_than_any_constant_picture():
    few = replace(WORKLOAD, n_steps=66, n_evaluations=6)
    (outcome,) = trained(few, crossed([0.0316], [0])).values()
    errors = curve(outcome, "val", "reconstruction_error")
    best_constant = load_digits().data.var(axis=0).mean() / 16**2
    assert errors[-1] < 0.75 * best_constant
    assert outcome.facts["reconstruction_error"] == errors[outcome.best_step // 11 - 1]
