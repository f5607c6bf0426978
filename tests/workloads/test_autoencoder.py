"""Digits through eight numbers, held against principal components."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from tiny_workloads import crossed, trained
from torch import nn

from bench_service.activations import ACTIVATIONS
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS
from bench_service.workloads.autoencoder import MEAN_DIGIT_LOSS, PRINCIPAL_COMPONENTS_LOSS
from bench_service.workloads.layers import is_after_activation

AUTOENCODER = WORKLOADS.get("autoencoder")


def test_it_has_linear_codes_of_8_numbers_and_9048_parameters():
    found = build(AUTOENCODER, ACTIVATIONS.get("relu"), torch.zeros(2, 64))
    linear = [m for m in found.model if isinstance(m, nn.Linear)]
    assert [m.out_features for m in linear] == [48, 24, 8, 24, 48, 64]
    assert found.layers == ("act1", "act2", "act3", "act4")
    assert [is_after_activation(m) for m in linear] == [False, True, True, False, True, True]
    # 3072 + 48, 1152 + 24, 192 + 8, 192 + 24, 1152 + 48, 3072 + 64
    assert sum(p.numel() for p in found.model.parameters()) == 9048


def test_what_is_to_be_given_back_is_what_comes_in():
    batch = AUTOENCODER.data((0, 1)).batch(3)
    assert batch.x.shape == (2, 16, 64)
    assert torch.equal(batch.x, batch.y)
    assert not torch.equal(batch.x[0], batch.x[1])


def test_the_losses_of_mean_digits_and_of_principal_components_are_what_scikit_learn_finds():
    """Over random splits into 1079 training and 359 validation digits of its own."""
    pixels = load_digits().data
    pixels = (pixels - pixels.mean()) / pixels.std()
    means, components = [], []
    for seed in range(20):
        rows = np.random.default_rng(seed).permutation(len(pixels))
        train, val = pixels[rows[:1079]], pixels[rows[1079:1438]]
        pca = PCA(8).fit(train)
        again = pca.inverse_transform(pca.transform(val))
        means.append(np.square(val - train.mean(0)).mean())
        components.append(np.square(val - again).mean())
    assert pytest.approx(np.median(means), abs=0.003) == MEAN_DIGIT_LOSS
    assert pytest.approx(np.median(components), abs=0.002) == PRINCIPAL_COMPONENTS_LOSS
    assert AUTOENCODER.chance == MEAN_DIGIT_LOSS
    assert AUTOENCODER.facts["best_linear"] == PRINCIPAL_COMPONENTS_LOSS


def test_a_linear_network_stays_above_the_principal_components_of_the_data_it_is_judged_by():
    """Nothing linear of rank 8 comes closer to data than their own principal components do."""
    workload = replace(AUTOENCODER, n_steps=600, n_evaluations=3)
    found = trained(workload, crossed([3.16e-2], [0, 1]), "identity")
    for (_, seed), outcome in found.items():
        val = AUTOENCODER.data((seed,)).held_out("val", 0).x[0].double().numpy()
        pca = PCA(8).fit(val)
        best = np.square(val - pca.inverse_transform(pca.transform(val))).mean()
        assert best < outcome.val_loss < 0.25


def test_a_stack_trains_it_as_a_plain_loop_does():
    assert_trains_as_a_plain_loop(AUTOENCODER, (1e-2, 1e-1))
