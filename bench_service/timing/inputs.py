"""The input tensors of a group: distribution, layout and shape."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from bench_service.registry import Registry

Draw = Callable[[tuple[int, ...], torch.Generator], Tensor]
"""``draw(shape, generator)``: float32 on the CPU; converted afterwards."""

INPUTS: Registry[Draw] = Registry("input")
LAYOUTS = ("contiguous", "transposed")

N_CHANNELS = 64

# Values below float32's smallest normal number, 1.18e-38, run through slow paths on many CPUs.
DENORMAL = 1e-40
LARGE = 100.0
SHARE_OF_ZEROS = 0.9


def _normal(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator)


def _sparse(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    kept = torch.rand(shape, generator=generator) >= SHARE_OF_ZEROS
    return _normal(shape, generator) * kept


INPUTS.add("normal", _normal)
INPUTS.add("positive", lambda shape, generator: _normal(shape, generator).abs())
INPUTS.add("negative", lambda shape, generator: -_normal(shape, generator).abs())
INPUTS.add(
    "sorted",
    lambda shape, generator: _normal(shape, generator).flatten().sort().values.reshape(shape),
)
INPUTS.add("sparse", _sparse)
INPUTS.add("large", lambda shape, generator: LARGE * _normal(shape, generator))
INPUTS.add("denormal", lambda shape, generator: DENORMAL * _normal(shape, generator).sign())


def shape_of(numel: int) -> tuple[int, ...]:
    """(rows, channels) with ``numel`` elements: 64 channels where they divide it, else fewer.

    Elementwise kernels see one run of memory either way; a second dimension gives learnt slopes
    their channels and gated functions an even width.
    """
    channels = next(c for c in (N_CHANNELS, 32, 16, 8, 4, 2, 1) if numel % c == 0)
    return numel // channels, channels


def draw_input(
    name: str,
    numel: int,
    layout: str,
    dtype: torch.dtype,
    device: torch.device,
    generator: torch.Generator,
) -> Tensor:
    """A fresh tensor of shape ``shape_of(numel)``, in memory of its own."""
    rows, channels = shape_of(numel)
    draw = INPUTS.get(name)
    if layout == "transposed":
        drawn = draw((channels, rows), generator).to(device=device, dtype=dtype, copy=True)
        return drawn.t()
    return draw((rows, channels), generator).to(device=device, dtype=dtype, copy=True)
