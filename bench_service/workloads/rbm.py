"""A restricted Boltzmann machine: what its hidden units are is the activation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor, nn

from bench_service.workloads.base import (
    WORKLOADS,
    ActivationFactory,
    Optimizer,
    Stream,
    Target,
    Task,
    Workload,
)
from bench_service.workloads.digits import N_CLASSES, N_PIXELS
from bench_service.workloads.layers import after_activation
from bench_service.workloads.losses import accuracy, cross_entropy
from bench_service.workloads.streams import Arrays, ArrayStream

N_HIDDEN = 128
BRIGHTEST = 16.0
BATCH_SIZE = 32
N_STEPS = 330  # 10 epochs


@cache
def intensities() -> Arrays:
    """Pixels of shape (1797, 64), float32, from 0 to 1, and labels."""
    from sklearn.datasets import load_digits  # it takes half a second to import

    pixels, labels = load_digits(return_X_y=True)
    x = torch.as_tensor(pixels / BRIGHTEST, dtype=torch.float32)
    return Arrays(x, torch.as_tensor(labels, dtype=torch.int64), N_CLASSES)


class Machine(nn.Module):
    """Visible units of 0 to 1, hidden units of the activation, and a linear reading of these.

    ``sigmoid`` makes binary units in mean-field form: a unit is the probability that it is on,
    where an NReLU is drawn with its noise while it trains. Visible units are probabilities too.
    """

    def __init__(self, activation: ActivationFactory) -> None:
        super().__init__()
        self.hidden = nn.Linear(N_PIXELS, N_HIDDEN)
        self.visible_bias = nn.Parameter(torch.zeros(N_PIXELS))
        self.act_data = activation(N_HIDDEN)
        self.act_model = activation(N_HIDDEN)
        self.reading = after_activation(nn.Linear(N_HIDDEN, N_CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the reading, the error of reconstruction and the energy gap: (n, 10 + 2).

        The gap is the energy of the data with their hidden units less that of their
        reconstruction with its own, all four taken as given: its gradient is that of one step of
        contrastive divergence, and the reading is not what hidden units are learnt for.
        """
        h = self.act_data(self.hidden(x))
        rebuilt = torch.sigmoid(h @ self.hidden.weight + self.visible_bias)
        h_rebuilt = self.act_model(self.hidden(rebuilt))
        gap = self.energy(x, h) - self.energy(rebuilt, h_rebuilt)
        error = (rebuilt - x).square().mean(-1)
        logits = self.reading(h.detach())
        return torch.cat([logits, error.detach()[:, None], gap[:, None]], dim=-1)

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """-v W h - b v - c h, with a gradient of weights and biases alone: (n,)."""
        v, h = v.detach(), h.detach()
        pulled: Tensor = self.hidden(v)
        return -(pulled * h).sum(-1) - v @ self.visible_bias


def reading_loss(prediction: Tensor, y: Tensor) -> Tensor:
    """The mean negative log-likelihood of the linear reading in nats, a scalar."""
    return cross_entropy(prediction[..., :N_CLASSES], y)


def reading_accuracy(prediction: Tensor, y: Tensor) -> Tensor:
    """The share of digits that the linear reading gets right, a scalar."""
    return accuracy(prediction[..., :N_CLASSES], y)


def reconstruction_error(prediction: Tensor, y: Tensor) -> Tensor:
    """The mean squared error of a pixel, a scalar."""
    del y
    return prediction[..., N_CLASSES].mean()


def objective(prediction: Tensor, y: Tensor, outputs: Sequence[Tensor]) -> Tensor:
    """The energy gap, whose gradient is contrastive divergence, and the loss of the reading."""
    del outputs
    return prediction[..., N_CLASSES + 1].mean() + reading_loss(prediction, y)


def _stream(seeds: Sequence[int]) -> Stream:
    return ArrayStream(intensities(), seeds, BATCH_SIZE)


WORKLOADS.add(
    "rbm",
    Workload(
        name="rbm",
        version=1,
        description="Restricted Boltzmann machine of 64 and 128 units, learnt without labels by "
        "contrastive divergence; the loss is that of a linear reading of its hidden units.",
        source="V. Nair and G. Hinton 2010, Rectified linear units improve restricted Boltzmann "
        "machines, ICML: NORB and faces, binary units drawn; here digits, binary units (sigmoid) "
        "in mean-field form, by Adam",
        data=_stream,
        model=Machine,
        task=Task(
            loss=reading_loss,
            accuracy=reading_accuracy,
            objective=objective,
            further={"reconstruction_error": reconstruction_error},
        ),
        optimizer=Optimizer(name="adam"),
        lrs=(3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1, 3.16e-1),
        default_lr=1e-3,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        chance=math.log(N_CLASSES),
        # All of 20 seeds of ReLU get there at 0.0316, half of them within 99 steps.
        target=Target(metric="val_loss", value=0.18, version=1),
        slice_step_us=800.0,
    ),
)
