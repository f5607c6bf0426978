"""The pass ``step``: a whole training step of a workload's model, as somebody trains it alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from bench_service.activations import Activation
from bench_service.seeds import seed_of
from bench_service.timing.stopwatch import Call
from bench_service.training.identity import probe_hash
from bench_service.training.initialisation import start_weights
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS, Batch, Optimizer, Workload

INIT = "gain"
STANDING_STILL = 0.0
"""The learning rate: an optimiser works as hard for it, and no weight drifts while it is timed."""


def _optimizer(settings: Optimizer, parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    if settings.name in ("sgd", "momentum"):
        momentum = settings.momentum if settings.name == "momentum" else 0.0
        return torch.optim.SGD(parameters, STANDING_STILL, momentum=momentum)
    kind = torch.optim.Adam if settings.name == "adam" else torch.optim.AdamW
    return kind(parameters, STANDING_STILL, weight_decay=settings.weight_decay)


@dataclass(frozen=True)
class StepBench:
    """What the entries of a group share: a workload and one batch of it."""

    workload: Workload
    batch: Batch
    seed: int
    device: torch.device

    @classmethod
    def of(cls, name: str, seed: int, device: torch.device) -> StepBench:
        """The bench of a workload of that name; WorkloadError where its data can't be had."""
        workload = WORKLOADS.get(name)
        own = seed_of(seed, "step") % (1 << 31)
        drawn = workload.data([own]).batch(0)
        return cls(workload, Batch(drawn.x[0].to(device), drawn.y[0].to(device)), own, device)

    def step(self, activation: Activation) -> Call:
        """A call that does one step: forward, loss, backward, optimiser.

        All entries begin with the same unit normal numbers and read the same batch. Raises
        WorkloadError where the activation doesn't fit, MeasurementError where the model holds
        another function than was named.
        """
        skeleton = build(self.workload, activation, self.batch.x.cpu())
        probe_hash(skeleton)
        model = skeleton.model
        started = start_weights(skeleton, INIT, [self.seed])
        model.load_state_dict({name: value[0] for name, value in started.items()}, strict=False)
        model.to(self.device).train()
        optimizer = _optimizer(self.workload.optimizer, list(model.parameters()))
        loss_of, x, y = self.workload.task.loss, *self.batch

        def call() -> None:
            optimizer.zero_grad()
            torch.autograd.backward(loss_of(model(x), y))
            optimizer.step()

        return call
