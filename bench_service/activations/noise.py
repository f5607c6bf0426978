"""Asked of a stochastic activation: is its noise repeatable, fresh, and of the right size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from bench_service.activations.base import Activation
from bench_service.activations.compare import disagreement, same_bits

N_POINTS = 64
N_DRAWS = 2048
SPREADS = 6.0
"""Standard errors by which an average may miss: 64 points go wrong once in ten million."""
VARIANCE_FLOOR = 0.02
"""Smaller errors of a variance pass: rare events have no usable standard error at 2048 draws."""
ULPS = 4.0


@contextmanager
def own_random_numbers(device: torch.device) -> Iterator[None]:
    """A block after which torch's global generators are as they were before it."""
    if device.type == "cpu":
        with torch.random.fork_rng(devices=[]):
            yield
    else:
        with torch.random.fork_rng(devices=[device], device_type=device.type):
            yield


def noise_findings(
    activation: Activation, x: Tensor, subject: str, generator: torch.Generator
) -> Iterator[str]:
    """A sentence for each answer that is wrong; x is any input of its dtype and device.

    Takes torch's global generators as it likes: call it within ``own_random_numbers``.
    """
    seeds = torch.randint(1 << 31, (3,), generator=generator).tolist()
    if not same_bits(_drawn(activation, x, seeds[0]), _drawn(activation, x, seeds[0])):
        yield f"{subject} gives two results for one seed of torch's global generator."
    if same_bits(_drawn(activation, x, seeds[0]), _drawn(activation, x, seeds[1])):
        yield f"{subject} gives one result for two seeds of torch's global generator."
    if activation.in_place is not None:
        torch.manual_seed(seeds[0])
        if not same_bits(activation.in_place(x.clone()), _drawn(activation, x, seeds[0])):
            yield f"{subject} gives another result in place, from one seed."
    yield from _moments(activation, x, subject, seeds[2])


def _drawn(activation: Activation, x: Tensor, seed: int) -> Tensor:
    torch.manual_seed(seed)
    with torch.no_grad():
        return activation.function(x)


def _moments(activation: Activation, like: Tensor, subject: str, seed: int) -> Iterator[str]:
    if activation.moments is None:
        return
    points = torch.linspace(-6.0, 6.0, N_POINTS, dtype=torch.float64).to(like.dtype)
    repeated = points.to(like.device).expand(N_DRAWS, N_POINTS).contiguous()
    drawn = _drawn(activation, repeated, seed).cpu().double()
    exact = points.double()
    mean, spread = activation.moments(exact, **activation.parameters)
    rounding = ULPS * torch.finfo(like.dtype).eps * torch.maximum(mean.abs(), exact.abs())
    deviation = drawn - mean
    square = deviation.square().mean(0)
    uncertainty = SPREADS * ((deviation**4).mean(0) - square**2).clamp(min=0).sqrt() / N_DRAWS**0.5
    answers = (
        ("average", drawn.mean(0), mean, SPREADS * spread / N_DRAWS**0.5 + rounding),
        ("variance", square, spread**2, uncertainty + VARIANCE_FLOOR + rounding**2),
    )
    for what, got, expected, allowed in answers:
        yield from disagreement(f"The {what} of {subject}", exact, got, expected, allowed)
