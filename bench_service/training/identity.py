"""Is the function in the model the function that was named? Asked before the first step."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn

from bench_service.activations import Activation, ShapeClass
from bench_service.activations.agreement import value_findings
from bench_service.activations.check import problems
from bench_service.activations.compare import same_bits
from bench_service.errors import MeasurementError
from bench_service.training.skeleton import Skeleton

REACH = 8.0
N_ROWS = 64
PROBE_SEED = 0
CHANGES_IN_TRAINING = frozenset({ShapeClass.STOCHASTIC, ShapeClass.SPATIAL})
"""By noise, and by the statistics of a batch."""


def require_sound(activation: Activation) -> None:
    """Nothing; MeasurementError where the function misbehaves, which is asked as before timing.

    A result of another shape would be broadcast and trained on, and an input that is overwritten
    would be what the neurons are judged by.
    """
    found = problems(
        activation,
        dtype=torch.float32,
        device=torch.device("cpu"),
        generator=torch.Generator().manual_seed(PROBE_SEED),
    )
    if found:
        raise MeasurementError(
            f"Nothing was trained with {activation.name}, which isn't sound.",
            got=" ".join(found),
            next_step="correct the activation",
        )


def probe_hash(skeleton: Skeleton) -> str:
    """The first 16 hexadecimal digits of a SHA-256 of what the model's activations give.

    Each module is held against its float64 definition, value and gradient, on a grid from -8 to 8,
    with learnt parameters at their start, and gives the same in training unless it has to differ
    there. MeasurementError names the layer where it is another function: a slope that was meant as
    a flag, a channel count taken for a parameter, an input overwritten have all been published as
    results.
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
            if activation.shape_class not in CHANGES_IN_TRAINING:
                found += _in_training(module.train(), x, output)
    finally:
        module.train(was_training)
    if found:
        raise MeasurementError(
            f"Layer {layer} isn't {activation.name}: nothing was trained with it.",
            got=" ".join(found),
            next_step="correct the model or the activation's module",
        )
    return bytes(output.contiguous().numpy().tobytes())


def _in_training(module: nn.Module, x: Tensor, output: Tensor) -> list[str]:
    same = same_bits(module(x), output)
    return [] if same else ["It gives another output while it trains than while it is evaluated."]


def _grid(activation: Activation, shape: tuple[int, ...]) -> Tensor:
    """Inputs of the layer's width, every channel seeing the whole range."""
    n_channels = shape[0]
    rows = torch.linspace(-REACH, REACH, N_ROWS)
    shifts = torch.linspace(0, 2 * REACH / N_ROWS, n_channels)
    grid = (rows[:, None] + shifts[None, :]).clamp(-REACH, REACH)
    if activation.shape_class is ShapeClass.SPATIAL:
        return grid[:, :, None, None].expand(-1, -1, *shape[1:]).contiguous()
    return grid
