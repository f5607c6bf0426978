"""What a workload is: a training task with everything that makes two trainings comparable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol

from torch import Tensor, nn

from bench_service.registry import Registry

KEEPS_WIDTH = frozenset({"elementwise", "parametric", "stochastic"})
"""Shape classes of activations that fit any model."""


class Batch(NamedTuple):
    """Inputs and targets of several seeds at once: tensors of shape (n_seeds, n, ...)."""

    x: Tensor
    y: Tensor


class Stream(Protocol):
    """The data of a workload for some seeds, the same for every activation and learning rate."""

    def batch(self, step: int) -> Batch:
        """The batch of a training step, counted from 0: (n_seeds, batch_size, ...)."""
        ...

    def held_out(self, split: Literal["val", "test"], step: int) -> Batch:
        """What validation or test data hold after so many steps: (n_seeds, n, ...).

        The step matters only where the task changes in the course of training.
        """
        ...

    def probe(self, n: int) -> Tensor:
        """At most n training inputs, fixed and the same for all seeds: (n, ...)."""
        ...


class Networks(Protocol):
    """The networks of all slices at once."""

    def __call__(self, x: Tensor) -> Tensor:
        """What they say to inputs of their own when evaluated: (n_slices, n, ...), on the CPU."""
        ...

    def frozen(self) -> Networks:
        """They as they are now, whatever is trained later."""
        ...


class Play(Protocol):
    """What slices do in worlds of their own: what they learn from depends on their networks."""

    def batch(self, step: int, networks: Networks) -> Batch:
        """What is learnt from at a training step, counted from 0: (n_slices, batch_size, ...)."""
        ...

    def scores(
        self, split: Literal["val", "test"], step: int, networks: Networks
    ) -> Mapping[str, Tensor]:
        """How well they do, by name: (n_slices,) each, ``loss`` and the workload's metric too."""
        ...


class ActivationFactory(Protocol):
    """Makes the activation modules of a model; the only way in which a model gets one."""

    @property
    def shape_class(self) -> str:
        """How the output's width depends on the input's, as the catalogue has it."""
        ...

    def __call__(self, n_channels: int) -> nn.Module:
        """A new module for an input of shape (n, n_channels, ...)."""
        ...


class LrPolicy(StrEnum):
    """How learning rates are treated."""

    TUNED = "tuned"  # the best of the grid by validation data, and the default one
    SWEEP = "sweep"  # every one of the grid, on the evaluation seeds: what it shows is the sweep


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An optimiser of ``torch.optim`` with its settings; the learning rate comes with the slice."""

    name: Literal["sgd", "momentum", "adam", "adamw"]
    momentum: float = 0.9
    weight_decay: float = 0.0
    """Never applied to what an activation itself learns: He et al. 2015, arXiv:1502.01852."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What counts as trained, frozen with a version once it has been calibrated."""

    metric: Literal["val_loss", "val_accuracy", "train_accuracy"]
    value: float
    version: int


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is minimised and what is reported, of one slice: no dimension of seeds here."""

    loss: Callable[[Tensor, Tensor], Tensor]
    """``loss(prediction, y)``: the mean over the batch, a scalar."""
    accuracy: Callable[[Tensor, Tensor], Tensor] | None = None
    """``accuracy(prediction, y)``: the share that is right, a scalar; None where there is none."""
    objective: Callable[[Tensor, Tensor, Sequence[Tensor]], Tensor] | None = None
    """``objective(prediction, y, outputs)`` where what is minimised isn't the loss alone.

    ``outputs`` are those of the activation modules, in the model's order.
    """
    further: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = field(default_factory=dict)
    """What else is said of validation data, by name: ``(prediction, y)`` to a scalar.

    Each is a curve of the split ``val``, and a fact of the slice at its best step.
    """

    @property
    def scores(self) -> dict[str, Callable[[Tensor, Tensor], Tensor]]:
        """Everything that is said of held-out data, by the name of its curve."""
        accuracy = {} if self.accuracy is None else {"accuracy": self.accuracy}
        return {"loss": self.loss, **accuracy, **self.further}


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A training task. One file each; registered under its name."""

    name: str
    version: int
    """Raised when anything changes that a result depends on."""
    description: str
    source: str
    """The paper whose set-up it follows, and in what it differs."""
    data: Callable[[Sequence[int]], Stream]
    """``data(seeds)``: the stream of these seeds, on the CPU. Raises WorkloadError."""
    play: Callable[[Sequence[int]], Play] | None = None
    """``play(seeds)``, a seed for every slice, where slices act instead of reading data. What
    ``data`` gives is then inputs alone, for a look at the model and its neurons."""
    model: Callable[[ActivationFactory], nn.Module]
    """A new model; its layers carry ``is_after_activation`` (see ``layers``)."""
    task: Task
    optimizer: Optimizer
    lrs: tuple[float, ...]
    """The grid, the same for every activation, in rising order."""
    default_lr: float
    n_steps: int
    """0 where networks are looked at as they begin."""
    batch_size: int
    n_evaluations: int = 20
    n_checkpoints: int = 6
    """Times at which neurons are looked at, the first before and the last after training; 0 where
    they never are."""
    n_probe: int = 512
    lr_policy: LrPolicy = LrPolicy.TUNED
    metric: Literal["val_loss", "val_accuracy"] = "val_loss"
    scored_at: Literal["best", "last"] = "best"
    """The evaluation that a slice is scored at: the one with the best metric, or the last one where
    the task changes on the way and what was best before says nothing of the end."""
    chance: float | None = None
    """What the metric is without learning."""
    target: Target | None = None
    inits: tuple[str, ...] = ("gain",)
    accepts: frozenset[str] = field(default=KEEPS_WIDTH)
    """The shape classes of activations that its model has a place for."""
    unavailable: Callable[[], str | None] = lambda: None
    """Why it can't be trained here, as a sentence, such as an extra that isn't installed; None
    where it can. Asked while planning, so it must be quick."""
    is_downloaded: bool = False
    """Its data are fetched from the network at first use: no part of a suite that runs anywhere."""
    slice_step_us: float = 300.0
    """About how long a step of one slice takes in a stack on one core, for the time to go."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What is known of the task beforehand and stored with it, such as the best that a linear
    network can do. Plain values."""

    @property
    def better(self) -> str:
        """Which direction of the metric is better."""
        return "lower" if self.metric == "val_loss" else "higher"


WORKLOADS: Registry[Workload] = Registry("workload")
