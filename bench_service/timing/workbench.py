"""From a group's specification to calls that can be timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from bench_service.activations import Activation
from bench_service.activations.custom import load_activation
from bench_service.backends import BACKENDS, Backend
from bench_service.backends.compilation import n_graphs
from bench_service.result import Pass, Role
from bench_service.timing.inputs import draw_input
from bench_service.timing.passes import PASSES, TENSORS_MOVED, Workpiece, needs_gradient
from bench_service.timing.rotation import copies, rotating
from bench_service.timing.spec import EntrySpec, GroupSpec
from bench_service.timing.steps import StepBench
from bench_service.timing.stopwatch import Call, Stopwatch


@dataclass(frozen=True)
class Workbench:
    """What the entries of a group share in one child: the backend and the sets of buffers."""

    spec: GroupSpec
    backend: Backend
    inputs: tuple[Tensor, ...]
    """One input a set; on the CPU there is one set."""
    destinations: tuple[Tensor, ...]
    """Where the copy goes; shape and layout of the inputs."""
    gradients: tuple[dict[torch.Size, Tensor], ...]
    """Output gradients by shape, one dictionary a set: all entries read the same ones."""
    steps: StepBench | None = None
    """The workload whose step is timed; None for passes of the activation alone."""

    @classmethod
    def set_up(cls, spec: GroupSpec, input_seed: int) -> Workbench:
        """A workbench with fresh buffers; threads, allocator and gradient mode are set."""
        conditions = spec.conditions
        backend = BACKENDS.get(conditions.backend)
        backend.prepare(conditions.condition, conditions.threads)
        torch.set_grad_enabled(needs_gradient(conditions.pass_name))
        device = torch.device(backend.device)
        if conditions.pass_name == Pass.STEP:
            steps = StepBench.of(conditions.input, input_seed, device)
            x = steps.batch.x
            return cls(spec, backend, (x,), (torch.empty_like(x),), ({},), steps)
        x = draw_input(
            conditions.input,
            conditions.numel,
            conditions.layout,
            getattr(torch, conditions.dtype),
            device,
            torch.Generator().manual_seed(input_seed),
        )
        moved = TENSORS_MOVED[Pass(conditions.pass_name)] * x.numel() * x.element_size()
        inputs = copies(x, backend.n_sets(conditions.condition, moved))
        destinations = tuple(torch.empty_like(x) for x in inputs)
        return cls(spec, backend, inputs, destinations, tuple({} for _ in inputs))

    @property
    def x(self) -> Tensor:
        """The input of the first set."""
        return self.inputs[0]

    @property
    def dtype(self) -> torch.dtype:
        """What activations are called with; a workload's model may itself read characters."""
        found: torch.dtype = getattr(torch, self.spec.conditions.dtype)
        return found

    def stopwatch(self) -> Stopwatch:
        """The stopwatch for the group's condition."""
        return self.backend.stopwatch(self.spec.conditions.condition)

    def watched(self) -> list[tuple[str, Callable[[], int]]]:
        """What must stay as it is while entries are timed, and what it means where it doesn't."""
        x = self.x
        found: list[tuple[str, Callable[[], int]]] = [
            ("changed its input while it was timed", lambda: x._version)
        ]
        if self.backend.is_compiled:
            found.append(("was compiled anew while it was timed", n_graphs))
        return found

    def activation(self, entry: EntrySpec) -> Activation:
        """The entry's activation; raises ActivationError or UnknownNameError."""
        return load_activation(entry.activation)

    def workpiece(
        self, entry: EntrySpec, function: Callable[..., Tensor], buffers: int = 0
    ) -> Workpiece:
        """The function with its parameters and learnt tensors bound, and a leaf of its own.

        The leaf shares the memory of its set's input, so that all entries read the same
        addresses. A backward pass reads what its forward pass has saved, and there each entry gets
        a leaf of its own: ReLU saves its result, which nobody else reads, and would lose to
        functions that save an input which all the others keep in the cache. ``buffers`` is the
        number of the set.
        """
        activation = self.activation(entry)
        leaf = self.inputs[buffers].detach()
        if self.spec.conditions.pass_name == Pass.BACKWARD:
            leaf = leaf.clone()
        leaves = [leaf]
        if needs_gradient(self.spec.conditions.pass_name):
            leaf.requires_grad_()
        bound: dict[str, Any] = dict(entry.parameters)
        if activation.tensors is not None:
            learnt = activation.tensors(leaf.shape[1], leaf.dtype, leaf.device)
            leaves += learnt.values()
            bound |= learnt
        if bound:
            function = partial(function, **bound)
        differentiable = tuple(leaf for leaf in leaves if leaf.requires_grad)
        return Workpiece(function, leaf, differentiable, self.gradients[buffers])

    def call(self, entry: EntrySpec) -> Call:
        """What is timed of an entry: a call that takes the sets of buffers in turn."""
        if entry.role == Role.COPY:
            pairs = zip(self.destinations, self.inputs, strict=True)
            return rotating([partial(destination.copy_, x) for destination, x in pairs])
        if self.steps is not None:
            if entry.role == Role.FLOOR:
                return partial(Tensor.view_as, self.x, self.x)
            return self.steps.step(self.activation(entry))
        make = PASSES[Pass(self.spec.conditions.pass_name)]
        if entry.role == Role.FLOOR:
            return make(self._floor())
        function = self.backend.compile(self.activation(entry).function)
        sets = range(len(self.inputs))
        return rotating([make(self.workpiece(entry, function, buffers)) for buffers in sets])

    def _floor(self) -> Workpiece:
        """A function that computes nothing: returned as is, or a view where a gradient flows."""
        x = self.x.detach()
        if not needs_gradient(self.spec.conditions.pass_name):
            return Workpiece(lambda tensor: tensor, x, ())
        x.requires_grad_()
        return Workpiece(lambda tensor: tensor.view_as(tensor), x, (x,), self.gradients[0])
