"""The activation modules of a model: made here alone, so that each one is known and looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from bench_service.activations import Activation, ShapeClass
from bench_service.errors import WorkloadError
from bench_service.training.side_by_side import SideBySide


class NoiseGiven(nn.Module):
    """A stochastic activation whose noise is a buffer that the trainer fills before each step.

    Noise that is drawn inside would depend on what else is drawn: slices of one seed are to see
    the same noise, alone and in a stack.
    """

    noise: Tensor

    def __init__(self, activation: Activation, quiet: nn.Module) -> None:
        super().__init__()
        self.activation = activation
        self.quiet = quiet
        self.register_buffer("noise", torch.empty(0), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """A tensor of the shape and dtype of x: with the noise in training, its mean after.

        Noise of another shape than x raises what torch raises: training without would be silent.
        """
        if not self.training:
            quiet: Tensor = self.quiet.eval()(x)
            return quiet
        assert self.activation.with_noise is not None
        if not self.noise.numel():  # while the model is looked at, before there is any
            return self.activation.with_noise(x, torch.zeros_like(x))
        return self.activation.with_noise(x, self.noise, **self.activation.parameters)


@dataclass
class ModuleFactory:
    """Makes modules of one activation, or of several side by side, and remembers them."""

    activation: Activation
    others: tuple[Activation, ...] = ()
    made: list[nn.Module] = field(default_factory=list)

    @property
    def shape_class(self) -> str:
        """How the output's width depends on the input's."""
        return self.activation.shape_class.value

    def __call__(self, n_channels: int) -> nn.Module:
        """A new module for an input of shape (n, n_channels, ...)."""
        activation = self.activation
        keywords = {"n_channels": n_channels} if activation.tensors is not None else {}
        module = activation.module(**keywords)
        if activation.shape_class is ShapeClass.STOCHASTIC and activation.with_noise is not None:
            module = NoiseGiven(activation, module)
        if self.others:
            module = SideBySide((module, *(other.module() for other in self.others)))
        self.made.append(module)
        return module

    def names_in(self, model: nn.Module, workload: str) -> tuple[str, ...]:
        """The names of the modules in the model, in the model's order.

        WorkloadError where there are none, or the model has left one out.
        """
        known = {id(module) for module in self.made}
        names = tuple(name for name, module in model.named_modules() if id(module) in known)
        if names and len(names) == len(self.made):
            return names
        raise WorkloadError(
            f"The model of {workload} doesn't use the activation that is to be trained with.",
            got=f"{len(self.made)} activation modules made, {len(names)} of them in the model",
            allowed="every activation made by the factory that the model is given",
            next_step="replace functions such as F.relu in the model by activation(n_channels)",
        )
