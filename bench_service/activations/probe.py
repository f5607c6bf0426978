"""The inputs on which a function is held against its definition."""

from __future__ import annotations

import torch
from torch import Tensor

from bench_service.activations.base import Activation, ShapeClass

N_CHANNELS = 8
N_VALUES = 2048
"""Enough for every branch and small enough for a millisecond."""
GRID_REACH = 8.0
LARGE = {torch.float16: 100.0, torch.bfloat16: 100.0}
"""Squares must not overflow float16, or composed functions would fail where nobody uses them."""
LARGE_ELSEWHERE = 1e4


def make_probe(activation: Activation, dtype: torch.dtype, generator: torch.Generator) -> Tensor:
    """A tensor on the CPU in the given dtype, in a shape that the activation's class accepts.

    Elementwise: (256, 8), a sorted grid on [-8, 8], the kinks and their neighbours, both zeros,
    the smallest normal numbers, large numbers, and normal draws. Gated: (64, 32) normal draws.
    Spatial: (2, 8, 12, 12) normal draws.
    """
    if activation.shape_class is ShapeClass.SPATIAL:
        return _draws((2, N_CHANNELS, 12, 12), dtype, generator)
    if activation.shape_class is ShapeClass.WIDTH_HALVED:
        return _draws((N_VALUES // (4 * N_CHANNELS), 4 * N_CHANNELS), dtype, generator)
    chosen = torch.cat(
        (
            torch.linspace(-GRID_REACH, GRID_REACH, N_VALUES // 4, dtype=torch.float64).to(dtype),
            _around(activation.kinks, dtype),
            _extremes(dtype),
        )
    )
    draws = _draws((N_VALUES - len(chosen),), dtype, generator)
    return torch.cat((chosen, draws)).reshape(-1, N_CHANNELS)


def _draws(shape: tuple[int, ...], dtype: torch.dtype, generator: torch.Generator) -> Tensor:
    return (2 * torch.randn(shape, generator=generator, dtype=torch.float64)).to(dtype)


def _around(kinks: tuple[float, ...], dtype: torch.dtype) -> Tensor:
    at = torch.tensor(kinks, dtype=dtype)
    far = torch.full_like(at, torch.inf)
    return torch.cat((at, torch.nextafter(at, far), torch.nextafter(at, -far)))


def _extremes(dtype: torch.dtype) -> Tensor:
    large = LARGE.get(dtype, LARGE_ELSEWHERE)
    sizes = (0.0, torch.finfo(dtype).tiny, torch.finfo(dtype).eps, 1e-3, 20.0, 50.0, 100.0, large)
    return torch.tensor([sign * size for size in sizes for sign in (1.0, -1.0)], dtype=dtype)


def near_kinks(x: Tensor, kinks: tuple[float, ...], width: float) -> Tensor:
    """True where x is within the width (relative to a kink beyond 1) of one of the kinks."""
    near = torch.zeros_like(x, dtype=torch.bool)
    for kink in kinks:
        near |= (x - kink).abs() <= width * max(1.0, abs(kink))
    return near


def output_shape(activation: Activation, shape: torch.Size) -> torch.Size:
    """The shape that the function's result has to have for an input of the given shape."""
    sizes = list(shape)
    if activation.shape_class is ShapeClass.WIDTH_DOUBLED:
        sizes[1 if len(sizes) > 1 else 0] *= 2
    if activation.shape_class is ShapeClass.WIDTH_HALVED:
        sizes[-1] //= 2
    return torch.Size(sizes)


def magnitudes(activation: Activation, x: Tensor) -> tuple[Tensor, Tensor]:
    """What the rounding errors of output and gradient are proportional to, in their shapes.

    Intermediate results of an elementwise function are of the size of its input, or of 1; those
    of a gated function are products of its halves.
    """
    size = x.abs()
    if activation.shape_class is ShapeClass.WIDTH_DOUBLED:
        return torch.cat((size, size), dim=1), size.clamp(min=1)
    if activation.shape_class is ShapeClass.WIDTH_HALVED:
        value, gate = size.chunk(2, dim=-1)
        steep = value * gate.clamp(min=1)
        return value * gate, torch.cat((gate, steep), dim=-1).clamp(min=1)
    if activation.shape_class is ShapeClass.SPATIAL:
        return size.clamp(min=1), size.clamp(min=1)
    return size, size.clamp(min=1)
