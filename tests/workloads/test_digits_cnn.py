"""Digits off their place, the network that reads them, and steps to 25 % training error."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from agreement_with_plain import assert_trains_as_a_plain_loop
from sklearn.datasets import load_digits
from tiny_workloads import crossed, curve, trained
from torch import nn

from bench_service.workloads import WORKLOADS, Target
from bench_service.workloads.digits_cnn import cnn, shifted_digits

NAMES = ("digits_cnn", "digits_cnn_bn")


def model(*, is_normalised):
    return cnn(lambda _n_channels: nn.ReLU(), is_normalised=is_normalised)


def n_parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def moves():
    """How far each digit was moved, found by trying every move on the pixels of scikit-learn."""
    pixels = load_digits().images
    centred = (pixels - pixels.mean()) / pixels.std(ddof=1)
    padded = np.pad(centred, ((0, 0), (2, 2), (2, 2)), constant_values=centred.min())
    moved = shifted_digits().x[:, 0].numpy()
    found = [[] for _ in moved]
    for down, right in itertools.product(range(5), range(5)):
        window = padded[:, down : down + 8, right : right + 8]
        for place in np.flatnonzero(np.isclose(window, moved, atol=1e-5).all(axis=(1, 2))):
            found[place].append((down, right))
    return found


def test_every_digit_is_moved_by_up_to_two_pixels_and_all_25_moves_are_about_as_frequent():
    found = moves()
    assert len(found) == 1797
    assert all(len(moves_of_one) == 1 for moves_of_one in found)
    counts = np.array([sum(only == [(i, j)] for only in found) for i in range(5) for j in range(5)])
    mean = 1797 / 25
    assert np.abs(counts - mean).max() < 5 * mean**0.5


def test_labels_are_those_of_scikit_learn():
    assert shifted_digits().y.tolist() == load_digits().target.tolist()


def test_the_plain_network_has_the_parameters_that_its_layers_add_up_to():
    convolutions = (9 * 1 + 1) * 16 + (9 * 16 + 1) * 32 + (9 * 32 + 1) * 32
    assert n_parameters(model(is_normalised=False)) == convolutions + (32 * 4 * 4 + 1) * 10


def test_normalised_convolutions_have_a_scale_and_a_shift_for_their_bias():
    expected = n_parameters(model(is_normalised=False)) + 16 + 32 + 32
    assert n_parameters(model(is_normalised=True)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_trains_as_a_plain_loop(name):
    assert_trains_as_a_plain_loop(WORKLOADS.get(name), (0.01, 0.1), "prelu_channel")


@pytest.mark.parametrize("name", NAMES)
def test_training_error_is_what_counts_to_the_target(name):
    """The first evaluation since the last of which enough training digits were read rightly."""
    workload = WORKLOADS.get(name)
    assert workload.target == Target(metric="train_accuracy", value=0.75, version=1)
    few = replace(workload, n_steps=60, n_evaluations=6)
    (outcome,) = trained(few, crossed([0.0316], [0])).values()
    values = curve(outcome, "train", "accuracy")
    for reached in (0, 3):
        value = max(values[: reached + 1])
        first = next(i for i, v in enumerate(values) if v >= value)
        aimed = replace(few, target=Target(metric="train_accuracy", value=value, version=1))
        (again,) = trained(aimed, crossed([0.0316], [0])).values()
        assert again.steps_to_target == 10 * (first + 1)
    missed = replace(few, target=Target(metric="train_accuracy", value=1.0, version=1))
    assert next(iter(trained(missed, crossed([0.0316], [0])).values())).steps_to_target is None


@pytest.mark.slow
def test_a_network_without_non_linearity_never_gets_there():
    """A digit's place decides which pixels tell it: the best linear map can't follow it."""
    workload = WORKLOADS.get("digits_cnn_bn")
    (relu,) = trained(workload, crossed([0.0316], [0]), "relu").values()
    (identity,) = trained(workload, crossed([0.0316], [0]), "identity").values()
    assert relu.steps_to_target is not None
    assert identity.steps_to_target is None
    assert identity.val_loss > 2 * relu.val_loss
