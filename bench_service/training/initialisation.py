"""How weights begin: unit normal numbers of the seed, scaled as the policy says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from bench_service.activations import Activation
from bench_service.activations.constants import gain
from bench_service.errors import InputError
from bench_service.seeds import seed_of
from bench_service.training.skeleton import Skeleton
from bench_service.workloads.layers import is_after_activation

HE_GAIN = math.sqrt(2)
"""For every activation alike: K. He et al. 2015, arXiv:1502.01852."""


def activation_gain(activation: Activation) -> float:
    """The gain of an activation, or 1 where it has none because its width changes."""
    try:
        return gain(activation)
    except InputError:
        return 1.0


GAINS: Mapping[str, Callable[[Activation], float]] = {
    "gain": activation_gain,
    "he": lambda _activation: HE_GAIN,
    "torch_default": lambda _activation: math.nan,  # torch's own bounds know no gain
}
"""The policies by name, each the factor of a layer that follows an activation."""


def start_weights(skeleton: Skeleton, policy: str, seeds: Sequence[int]) -> dict[str, Tensor]:
    """The parameters by name, each of shape (n_seeds, ...), float32 on the CPU.

    ``gain`` and ``he``: W = g / sqrt(fan_in) Z with Z from the unit normal numbers of (seed, name),
    g the policy's for layers that follow an activation and 1 for others; biases 0.
    ``torch_default``: uniform on +-1 / sqrt(fan_in), biases too, as ``nn.Linear`` has it. What an
    activation learns, and what normalisation layers hold, begins as its module does.
    """
    if policy not in GAINS:
        raise InputError(
            f"There is no initialisation {policy!r}.", got=policy, allowed=", ".join(GAINS)
        )
    factor = GAINS[policy](skeleton.activation)
    started: dict[str, Tensor] = {}
    for name, parameter in skeleton.model.named_parameters():
        owner, _, kind = name.rpartition(".")
        layer = skeleton.model.get_submodule(owner)
        if name in skeleton.learnt_by_activation or not _is_drawn(layer):
            started[name] = parameter.detach().expand(len(seeds), *parameter.shape).clone()
            continue
        drawn = [_drawn(parameter, kind, layer, factor, seed_of(s, "init", name)) for s in seeds]
        started[name] = torch.stack(drawn)
    return started


def _is_drawn(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Embedding)


def _drawn(parameter: Tensor, kind: str, layer: nn.Module, factor: float, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    fan_in = layer.weight[0].numel()  # type: ignore[index]  # a drawn layer has one
    if isinstance(layer, nn.Embedding):
        return torch.randn(parameter.shape, generator=generator) / math.sqrt(parameter.shape[-1])
    if math.isnan(factor):
        reach = 1 / math.sqrt(fan_in)
        return (2 * torch.rand(parameter.shape, generator=generator) - 1) * reach
    if kind == "bias":
        return torch.zeros(parameter.shape)
    own = factor if is_after_activation(layer) else 1.0
    return torch.randn(parameter.shape, generator=generator) * (own / math.sqrt(fan_in))
