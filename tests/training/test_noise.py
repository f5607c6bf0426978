"""Noise of stochastic activations: given from outside, so that slices of one seed share it."""

from __future__ import annotations

import pytest
import torch
from tiny_workloads import blobs, crossed, curve, tiny, tiny_conv, trained
from torch import nn

from bench_service.activations import ACTIVATIONS
from bench_service.training.factory import NoiseGiven
from bench_service.training.noise import NoiseSource
from bench_service.training.skeleton import build
from bench_service.workloads.layers import after_activation
from bench_service.workloads.streams import ArrayStream


def source(activation, seeds, workload=None, batch_size=20):
    workload = workload or tiny()
    skeleton = build(workload, ACTIVATIONS.get(activation), workload.data((0,)).batch(0).x[0])
    return NoiseSource(skeleton, seeds, batch_size)


def test_noise_has_the_shape_of_what_reaches_each_layer_for_every_seed():
    drawn = source("nrelu", (0, 1, 2)).draw()
    assert {name: tuple(value.shape) for name, value in drawn.items()} == {
        "act1.noise": (3, 20, 8),
        "act2.noise": (3, 20, 7),
    }
    of_images = source("nrelu", (0,), tiny_conv()).draw()
    assert tuple(of_images["2.noise"].shape) == (1, 20, 4, 6, 6)


@pytest.mark.parametrize("activation", ["relu", "prelu_channel", "gelu"])
def test_activations_without_noise_draw_none(activation):
    assert source(activation, (0, 1)).draw() == {}


def test_the_distribution_is_the_activations_own():
    many = 20_000
    uniform = source("rrelu", (0,), batch_size=many).draw()["act1.noise"]
    normal = source("nrelu", (0,), batch_size=many).draw()["act1.noise"]
    assert uniform.min() >= 0
    assert uniform.max() < 1
    error = 5 / (many * 8) ** 0.5
    assert uniform.mean().item() == pytest.approx(1 / 2, abs=error)
    assert uniform.var().item() == pytest.approx(1 / 12, abs=error)
    assert normal.mean().item() == pytest.approx(0, abs=error)
    assert normal.var().item() == pytest.approx(1, abs=2 * error)


def test_steps_layers_and_seeds_have_noise_of_their_own_and_a_seed_the_same_in_any_company():
    together, alone = source("nrelu", (4, 9)), source("nrelu", (9,))
    first, second = together.draw(), together.draw()
    assert torch.equal(first["act1.noise"][1], alone.draw()["act1.noise"][0])
    assert torch.equal(second["act1.noise"][1], alone.draw()["act1.noise"][0])
    values = [first["act1.noise"][0], first["act1.noise"][1], second["act1.noise"][0]]
    assert len({value.sum().item() for value in values}) == 3
    assert not torch.equal(first["act1.noise"][0, :, :7], first["act2.noise"][0])


def test_noise_is_for_training_and_what_is_evaluated_is_quiet():
    activation = ACTIVATIONS.get("nrelu")
    module = NoiseGiven(activation, activation.module())
    x = torch.linspace(-3, 3, 12).reshape(3, 4)
    module.noise = torch.full((3, 4), 10.0)
    assert torch.equal(module.eval()(x), torch.relu(x))
    loud = module.train()(x)
    assert torch.allclose(loud, (x + 10 * torch.sqrt(torch.sigmoid(x))).clamp(min=0))


def test_places_of_a_sequence_that_are_handed_over_as_rows_have_noise_too():
    """20 rows of 6 places are 120 rows of 4 units; without, the activation would be quiet."""

    class Places(nn.Module):
        def __init__(self, make):
            super().__init__()
            self.inner, self.act = nn.Linear(1, 4), make(4)
            self.head = after_activation(nn.Linear(24, 3))

        def forward(self, x):
            rows = self.act(self.inner(x.reshape(-1, 1)))
            return self.head(rows.reshape(len(x), -1))

    workload = tiny(model=Places)
    assert tuple(source("nrelu", (0,), workload).draw()["act.noise"].shape) == (1, 120, 4)
    loud, still = (
        trained(workload, crossed([0.01], [0]), activation)[0.01, 0]
        for activation in ("nrelu", "relu")
    )  # which begin with the same weights
    assert curve(loud, "train", "loss")[0] != curve(still, "train", "loss")[0]


def test_noise_that_doesnt_fit_what_it_is_for_ends_the_training():
    """A stream whose batches are smaller than its workload says; quiet training would be silent."""
    workload = tiny(data=lambda seeds: ArrayStream(blobs(6), seeds, 10), batch_size=20)
    with pytest.raises(RuntimeError, match="size"):
        trained(workload, crossed([0.1], [0]), "nrelu")
