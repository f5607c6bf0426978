"""Is the function in the model the function that was named? Asked before the first step."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn

from bench_service.activations import Activation, ShapeClass
from bench_service.activations.agreement import value_findings
from bench_service.errors import MeasurementError
from bench_service.training.skeleton import Skeleton

REACH = 8.0
N_ROWS = 64


def probe_hash(skeleton: Skeleton) -> str:
    """The first 16 hexadecimal digits of a SHA-256 of what the model's activations give.

    Each module is held against its float64 definition, value and gradient, on a grid from -8 to 8,
    in evaluation mode and with learnt parameters at their start. MeasurementError names the layer
    where it is another function: a slope that was meant as a flag, a channel count taken for a
    parameter, an input overwritten have all been published as results.
    """
    digest = hashlib.sha256()
    for layer in skeleton.layers:
        module = skeleton.model.get_submodule(layer)
        digest.update(_answer(module, skeleton.activation, layer, skeleton.shapes[layer]))
    return digest.hexdigest()[:16]


def _answer(module: nn.Module, activation: Activation, layer: str, shape: tuple[int, ...]) -> bytes:
    x = _grid(activation, shape)
    was_training = module.training
    module.eval()
    try:
        found = list(value_findings(activation, module, x))
        with torch.no_grad():
            output = module(x)
    finally:
        module.train(was_training)
    if found:
        raise MeasurementError(
            f"Layer {layer} isn't {activation.name}: nothing was trained with it.",
            got=" ".join(found),
            next_step="correct the model or the activation's module",
        )
    return bytes(output.contiguous().numpy().tobytes())


def _grid(activation: Activation, shape: tuple[int, ...]) -> Tensor:
    """Inputs of the layer's width, every channel seeing the whole range."""
    n_channels = shape[0]
    rows = torch.linspace(-REACH, REACH, N_ROWS)
    shifts = torch.linspace(0, 2 * REACH / N_ROWS, n_channels)
    grid = (rows[:, None] + shifts[None, :]).clamp(-REACH, REACH)
    if activation.shape_class is ShapeClass.SPATIAL:
        return grid[:, :, None, None].expand(-1, -1, *shape[1:]).contiguous()
    return grid
