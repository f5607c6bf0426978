"""Losses and accuracies of one slice, as ``Task`` has them."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.workloads.base import Task


def accuracy(prediction: Tensor, y: Tensor) -> Tensor:
    """The share of rows whose largest logit is that of their label, a scalar."""
    return (prediction.argmax(dim=-1) == y).to(prediction.dtype).mean()


def cross_entropy(prediction: Tensor, y: Tensor) -> Tensor:
    """The mean negative log-likelihood in nats, a scalar; logits of shape (n, n_classes)."""
    return F.cross_entropy(prediction, y)


def squared_error(prediction: Tensor, y: Tensor) -> Tensor:
    """The mean squared error over all elements, a scalar."""
    return F.mse_loss(prediction, y)


CLASSIFICATION = Task(loss=cross_entropy, accuracy=accuracy)
REGRESSION = Task(loss=squared_error)
