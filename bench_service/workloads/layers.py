"""Layers of models that know what feeds them, which is what their initialisation depends on.

The gain of an activation belongs to the layer that follows it: weights of variance gain^2 / fan_in
keep the second moment of what goes through activation and layer together.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeVar

from torch import nn

from bench_service.workloads.base import ActivationFactory

Layer = TypeVar("Layer", bound=nn.Module)

MARK = "is_after_activation"


def after_activation(layer: Layer) -> Layer:
    """The layer itself, marked as one whose input is an activation's output."""
    setattr(layer, MARK, True)
    return layer


def is_after_activation(layer: nn.Module) -> bool:
    """True where the layer's input is an activation's output."""
    return bool(getattr(layer, MARK, False))


def mlp(widths: Sequence[int], activation: ActivationFactory) -> nn.Sequential:
    """Linear layers of these widths, the input's first, with an activation between any two.

    Modules are named ``linear1``, ``act1``, ..., and ``head`` for the last layer.
    """
    model = nn.Sequential()
    n_layers = len(widths) - 1
    for number, (n_in, n_out) in enumerate(itertools.pairwise(widths), start=1):
        layer = nn.Linear(n_in, n_out)
        if number > 1:
            after_activation(layer)
        if number == n_layers:
            model.add_module("head", layer)
        else:
            model.add_module(f"linear{number}", layer)
            model.add_module(f"act{number}", activation(n_out))
    return model
