"""The reference of the stacked trainer: one model, one optimiser of torch, one step at a time."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from bench_service.activations import ACTIVATIONS
from bench_service.seeds import seed_of
from bench_service.training.initialisation import start_weights
from bench_service.training.skeleton import build
from bench_service.workloads import Play, Workload


class Noisy(nn.Module):
    """A stochastic activation that draws from a generator of its own while it trains."""

    def __init__(
        self, loud: Callable[[Tensor, Tensor], Tensor], quiet: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__()
        self.loud, self.quiet = loud, quiet
        self.generator = torch.Generator()
        self.draw = torch.randn

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return self.quiet(x)
        return self.loud(x, self.draw(x.shape, generator=self.generator))


def rrelu(n_channels: int) -> nn.Module:
    """B. Xu et al. 2015: slopes of negative inputs uniform on [1/8, 1/3]."""
    del n_channels
    module = Noisy(
        lambda x, u: torch.where(x < 0, (1 / 8 + (1 / 3 - 1 / 8) * u) * x, x),
        lambda x: F.leaky_relu(x, 11 / 48),
    )
    module.draw = torch.rand
    return module


def nrelu(n_channels: int) -> nn.Module:
    """V. Nair and G. Hinton 2010: normal noise whose variance is the logistic of x."""
    del n_channels
    return Noisy(lambda x, n: (x + n * torch.sigmoid(x.detach()).sqrt()).clamp(min=0), F.relu)


PLAIN: Mapping[str, Callable[[int], nn.Module]] = {
    "relu": lambda _: nn.ReLU(),
    "tanh": lambda _: nn.Tanh(),
    "gelu": lambda _: nn.GELU(),
    "elu": lambda _: nn.ELU(),
    "prelu_shared": lambda _: nn.PReLU(),
    "prelu_channel": nn.PReLU,
    "rrelu": rrelu,
    "nrelu": nrelu,
}
"""Torch's own modules, and the formulas of the papers where torch has none that takes noise."""


@dataclass
class Factory:
    """Makes what the model asks for without the trainer's own factory."""

    make: Callable[[int], nn.Module]
    made: list[nn.Module] = field(default_factory=list)
    shape_class: str = "elementwise"

    def __call__(self, n_channels: int) -> nn.Module:
        self.made.append(self.make(n_channels))
        return self.made[-1]


@dataclass
class PlainRun:
    """One slice: a value a step, and the test loss of the best one."""

    train_loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    best_step: int = 0
    test_loss: float = math.nan
    test_accuracy: float = math.nan
    weights: dict[str, Tensor] = field(default_factory=dict)


class Alone:
    """A single network where a play asks those of all slices."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model

    @torch.no_grad()
    def __call__(self, x: Tensor) -> Tensor:
        answer: Tensor = self.model.eval()(x[0])
        return answer[None]

    def frozen(self) -> Alone:
        return Alone(copy.deepcopy(self.model))


def plain_run(workload: Workload, activation: str, lr: float, seed: int) -> PlainRun:
    """Trains one slice of the workload, from the weights that the stacked trainer begins with."""
    stream = workload.data((seed,))
    skeleton = build(workload, ACTIVATIONS.get(activation), stream.batch(0).x[0])
    factory = Factory(PLAIN[activation])
    model = workload.model(factory)
    started = start_weights(skeleton, workload.inits[0], (seed,))
    missing, unknown = model.load_state_dict({k: v[0] for k, v in started.items()}, strict=False)
    assert not unknown
    assert not set(missing) - {name for name, _ in model.named_buffers()}
    for name, module in model.named_modules():
        if isinstance(module, Noisy):
            module.generator.manual_seed(seed_of(seed, "noise", name))
    optimizer = _optimizer(workload, model, factory.made, lr)
    run = PlainRun()
    best, kept = math.inf, copy.deepcopy(model.state_dict())
    play = None if workload.play is None else workload.play((seed,))
    networks = Alone(model)
    for step in range(workload.n_steps):
        batch = stream.batch(step) if play is None else play.batch(step, networks)
        model.train()
        optimizer.zero_grad()
        loss, objective = _losses(workload, model, factory.made, batch.x[0], batch.y[0])
        objective.backward()
        optimizer.step()
        run.train_loss.append(loss.item())
        score, accuracy = (
            _scores(workload, model, *stream.held_out("val", step + 1))
            if play is None
            else _played(play, "val", step + 1, networks)
        )
        run.val_loss.append(score)
        run.val_accuracy.append(accuracy)
        compared = score if workload.metric == "val_loss" else -accuracy
        if compared < best or workload.scored_at == "last":
            best, run.best_step = compared, step + 1
            kept = copy.deepcopy(model.state_dict())
    run.weights = {k: v.detach().clone() for k, v in model.state_dict().items()}
    model.load_state_dict(kept)
    run.test_loss, run.test_accuracy = (
        _scores(workload, model, *stream.held_out("test", workload.n_steps))
        if play is None
        else _played(play, "test", workload.n_steps, networks)
    )
    return run


def _losses(
    workload: Workload, model: nn.Module, activations: list[nn.Module], x: Tensor, y: Tensor
) -> tuple[Tensor, Tensor]:
    outputs: list[Tensor] = []
    hooks = [
        module.register_forward_hook(lambda _m, _a, out: outputs.append(out))
        for module in activations
    ]
    prediction = model(x)
    for hook in hooks:
        hook.remove()
    loss = workload.task.loss(prediction, y)
    if workload.task.objective is None:
        return loss, loss
    return loss, workload.task.objective(prediction, y, outputs)


def _played(play: Play, split: str, step: int, networks: Alone) -> tuple[float, float]:
    scores = play.scores(split, step, networks)
    return scores["loss"].item(), scores["accuracy"].item()


@torch.no_grad()
def _scores(workload: Workload, model: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    model.eval()
    prediction = model(x[0])
    accuracy = workload.task.accuracy
    return workload.task.loss(prediction, y[0]).item(), (
        math.nan if accuracy is None else accuracy(prediction, y[0]).item()
    )


def _optimizer(
    workload: Workload, model: nn.Module, activations: list[nn.Module], lr: float
) -> torch.optim.Optimizer:
    settings = workload.optimizer
    learnt = [p for module in activations for p in module.parameters()]
    others = [p for p in model.parameters() if not any(p is q for q in learnt)]
    groups = [{"params": others, "weight_decay": settings.weight_decay}]
    if learnt:
        groups.append({"params": learnt, "weight_decay": 0.0})
    plain = {"lr": lr, "foreach": False, "fused": False}
    if settings.name == "sgd":
        return torch.optim.SGD(groups, **plain)
    if settings.name == "momentum":
        return torch.optim.SGD(groups, momentum=settings.momentum, **plain)
    maker = torch.optim.Adam if settings.name == "adam" else torch.optim.AdamW
    return maker(groups, **plain)
