"""The model of a workload with an activation, looked at before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from bench_service.activations import Activation, ShapeClass
from bench_service.errors import WorkloadError
from bench_service.training.factory import ModuleFactory
from bench_service.workloads import Workload


@dataclass(frozen=True)
class Skeleton:
    """A model whose weights don't matter: slices lend it theirs."""

    model: nn.Module
    activation: Activation
    layers: tuple[str, ...]
    """Names of the activation modules, in the model's order."""
    shapes: Mapping[str, tuple[int, ...]]
    """What reaches each of them, without the batch: (n_units, ...)."""
    row_factors: Mapping[str, int]
    """How many rows of it there are for one of the model's input: more than one where a model
    hands over the places of a sequence as rows."""
    others: tuple[Activation, ...] = ()
    """Activations that other slices of a stack have in the same places."""

    @property
    def members(self) -> tuple[Skeleton, ...]:
        """The skeleton as each activation sees it, with its own modules for layers."""
        if not self.others:
            return (self,)
        return tuple(
            replace(
                self,
                activation=activation,
                others=(),
                layers=tuple(_member(layer, k) for layer in self.layers),
                shapes={_member(layer, k): shape for layer, shape in self.shapes.items()},
                row_factors={_member(layer, k): n for layer, n in self.row_factors.items()},
            )
            for k, activation in enumerate((self.activation, *self.others))
        )

    @property
    def learnt_by_activation(self) -> frozenset[str]:
        """Names of the parameters that belong to activation modules."""
        return frozenset(
            f"{layer}.{name}"
            for layer in self.layers
            for name, _ in self.model.get_submodule(layer).named_parameters()
        )


def build(
    workload: Workload, activation: Activation, x: Tensor, others: Sequence[Activation] = ()
) -> Skeleton:
    """The skeleton for inputs like x of shape (n, ...), n >= 2.

    WorkloadError where the activation doesn't fit the model, or isn't what the model calls.
    ValueError where there are ``others`` and not all of them are elementwise.
    """
    if others and any(a.shape_class is not ShapeClass.ELEMENTWISE for a in (activation, *others)):
        raise ValueError(f"only elementwise ones share a stack: {activation.name}, {others}")
    shape_class = activation.shape_class.value
    if shape_class not in workload.accepts:
        raise WorkloadError(
            f"{activation.name} doesn't fit the model of {workload.name}.",
            got=f"shape class {shape_class}",
            allowed=", ".join(sorted(workload.accepts)),
            next_step="train it with a workload that has a place for it",
        )
    factory = ModuleFactory(activation, tuple(others))
    with torch.random.fork_rng(devices=[]):
        model = workload.model(factory)
    layers = factory.names_in(model, workload.name)
    inputs = _inputs(model, layers, x)
    missing = [layer for layer in layers if layer not in inputs]
    if missing:
        raise WorkloadError(
            f"The model of {workload.name} has activations that it never calls.",
            got=", ".join(missing),
            next_step="call them in forward, or leave them out",
        )
    shapes = {layer: tuple(size[1:]) for layer, size in inputs.items()}
    row_factors = {layer: size[0] // len(x) for layer, size in inputs.items()}
    return Skeleton(model, activation, layers, shapes, row_factors, tuple(others))


def _member(layer: str, k: int) -> str:
    return f"{layer}.members.{k}"


def _inputs(model: nn.Module, layers: tuple[str, ...], x: Tensor) -> dict[str, torch.Size]:
    """The sizes of what reaches each layer."""
    found: dict[str, torch.Size] = {}
    hooks = [
        model.get_submodule(layer).register_forward_pre_hook(
            lambda _module, args, layer=layer: found.__setitem__(layer, args[0].shape)
        )
        for layer in layers
    ]
    try:
        with torch.no_grad():
            model.eval()(x)
    finally:
        for hook in hooks:
            hook.remove()
        model.train()
    return found
