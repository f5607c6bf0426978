"""Image workloads on images that a test makes up: the data themselves need a network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from torch import nn

from bench_service.errors import WorkloadError
from bench_service.workloads import WORKLOADS, openml
from bench_service.workloads.openml_stream import Images, ImageStream

NAMES = ("openml_mnist", "openml_fashion_mnist", "openml_cifar10")


def made_up(shape, n=120):
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (n, int(np.prod(shape))), dtype=np.uint8)
    return Images.of(pixels, random.integers(0, 10, n), shape)


@pytest.fixture
def small(monkeypatch):
    """The workloads with few images, small batches and little held out."""
    monkeypatch.setattr(openml, "BATCH_SIZE", 16)
    monkeypatch.setattr(openml, "N_HELD_OUT", 12)
    monkeypatch.setattr(openml, "kept_images", lambda image_set: made_up(image_set.shape))
    return lambda name: replace(WORKLOADS.get(name), batch_size=16)


def n_parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


def test_numbers_have_mean_0_and_deviation_1_over_all_bytes_and_channels_keep_their_place():
    pixels = np.array([[0, 10, 20, 30, 250, 255]], dtype=np.uint8).repeat(10, axis=0)
    stream = ImageStream(Images.of(pixels, np.arange(10), (2, 1, 3)), (0,), 2, 1)
    found = stream.batch(0).x
    assert found.shape == (1, 2, 2, 1, 3)
    expected = (pixels[0] - pixels.mean()) / pixels.std()
    assert found[0, 0].flatten().numpy() == pytest.approx(expected, rel=1e-5)
    assert found[0, 0, 1, 0].numpy() == pytest.approx(expected[3:], rel=1e-5)


def test_held_out_images_are_as_many_as_asked_for_and_no_training_images():
    images = Images.of(np.arange(100, dtype=np.uint8)[:, None], np.zeros(100, int), (1, 1, 1))
    stream = ImageStream(images, (3,), 10, 10)
    back = {split: stream.held_out(split, 0).x.flatten() for split in ("val", "test")}
    back["train"] = torch.cat([stream.batch(step).x.flatten() for step in range(8)])
    assert {split: len(x) for split, x in back.items()} == {"val": 10, "test": 10, "train": 80}
    assert len(torch.cat(list(back.values())).unique()) == 100


def test_a_label_beside_the_ten_classes_is_refused():
    with pytest.raises(WorkloadError, match="label"):
        Images.of(np.zeros((2, 4), dtype=np.uint8), np.array([0, 10]), (1, 2, 2))


def test_the_dense_network_has_three_layers_of_500():
    expected = 785 * 500 + 2 * 501 * 500 + 501 * 10
    assert n_parameters(openml.dense(lambda _n: nn.ReLU())) == expected


def test_the_convolutional_network_ends_at_4_by_4():
    convolutions = 9 * (3 * 32 + 32 * 64 + 64 * 128)
    norms = 2 * (32 + 64 + 128)
    model = openml.convolutional(lambda _n: nn.ReLU())
    assert n_parameters(model) == convolutions + norms + (128 * 4 * 4 + 1) * 10
    assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 10)


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_trains_as_a_plain_loop(small, name):
    assert_trains_as_a_plain_loop(small(name), (1e-3,), seeds=(0,), n_steps=3)


def test_they_and_no_others_are_marked_as_downloaded():
    assert {workload.name for workload in WORKLOADS if workload.is_downloaded} == set(NAMES)
