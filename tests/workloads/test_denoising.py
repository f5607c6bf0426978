"""Patches of photographs, the noise in them, and what the best linear map leaves of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from sklearn.datasets import load_sample_images
from tiny_workloads import crossed, trained

from bench_service.errors import WorkloadError
from bench_service.workloads import WORKLOADS, denoising
from bench_service.workloads.denoising import NoisyPatches, noisy, patches

WORKLOAD = WORKLOADS.get("denoising")


def linear_share():
    """What Wiener's filter leaves of the noise's power, from the covariance of clean patches."""
    clean = patches().double().numpy()
    clean = clean - clean.mean(axis=1, keepdims=True)
    signal = np.cov(clean.T)
    centred = np.eye(64) - 1 / 64  # noise without its mean; that mean is left as it is
    filtered = signal @ np.linalg.pinv(signal + centred)
    return np.trace(signal - filtered @ signal) / 64 + 1 / 64


def test_patches_lie_side_by_side_and_cover_both_photographs():
    images = load_sample_images().images
    found = patches()
    assert found.shape == (2 * 53 * 80, 64)
    places = [
        (image, row, column) for image in range(2) for row in range(53) for column in range(80)
    ]
    for number in (0, 79, 80, 53 * 80 - 1, 53 * 80, 8479):
        image, row, column = places[number]
        pixels = images[image][8 * row : 8 * row + 8, 8 * column : 8 * column + 8].astype(float)
        expected = pixels.mean(axis=2).reshape(64) / 25
        assert found[number].numpy() == pytest.approx(expected, rel=1e-6)


def test_a_noisy_patch_is_the_sum_without_its_mean_and_the_noise_is_what_is_asked_for():
    clean, noise = torch.tensor([[1.0, 3.0]]), torch.tensor([[0.5, -0.5]])
    x, y = noisy(clean, noise)
    assert x.tolist() == [[-0.5, 0.5]]
    assert y.tolist() == [[0.5, -0.5]]


def test_noise_is_standard_normal_new_at_every_step_and_the_seed_s_own():
    stream = NoisyPatches((3, 4))
    first, again, second = stream.batch(0), NoisyPatches((3,)).batch(0), stream.batch(1)
    assert torch.equal(first.y[0], again.y[0])
    assert torch.equal(first.x[0], again.x[0])
    assert not torch.equal(first.y[0], first.y[1])
    assert not torch.equal(first.y, second.y)
    n = first.y.numel()
    assert abs(first.y.mean().item()) < 5 / n**0.5
    assert abs(first.y.var().item() - 1) < 5 * (2 / n) ** 0.5


def test_held_out_patches_keep_their_noise_and_the_splits_have_different_ones():
    stream = NoisyPatches((3, 4))
    early, late = stream.held_out("val", 0), stream.held_out("val", 9)
    assert torch.equal(early.x, late.x)
    assert torch.equal(early.y, late.y)
    assert not torch.equal(early.y, stream.held_out("test", 0).y)
    assert early.x.shape == (2, round(0.06 * 8480), 64)


def test_the_probe_is_the_same_for_all_seeds_and_noisy():
    probe = NoisyPatches((3,)).probe(100)
    assert torch.equal(probe, NoisyPatches((8, 9)).probe(100))
    assert probe.shape == (100, 64)
    assert probe.mean(dim=1).abs().max() < 1e-5


def test_a_stack_trains_as_a_plain_loop():
    assert_trains_as_a_plain_loop(WORKLOAD, (1e-3, 1e-2), "elu")


@pytest.mark.slow
def test_no_network_without_non_linearity_leaves_less_than_the_best_linear_map_and_tanh_does():
    x, y = (part[0].double().numpy() for part in NoisyPatches((0,)).held_out("val", 0))
    design = np.column_stack([x, np.ones(len(x))])
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    bound = np.mean((y - fitted) ** 2)  # of maps that were fitted to the validation data itself
    (identity,) = trained(WORKLOAD, crossed([1e-3], [0]), "identity").values()
    (tanh,) = trained(WORKLOAD, crossed([3.16e-3], [0]), "tanh").values()
    assert bound <= identity.val_loss < 1.1 * linear_share()
    assert tanh.val_loss < 0.9 * linear_share()


def test_without_pillow_it_is_unavailable_and_says_what_to_install(monkeypatch):
    assert denoising.unavailable() is None
    monkeypatch.setattr(denoising, "find_spec", lambda _name: None)
    assert "pillow" in str(denoising.unavailable())
    with pytest.raises(WorkloadError, match="pillow"):
        patches.__wrapped__()
