"""Trains a stack of slices from their first step to their last."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from bench_service.activations import Activation
from bench_service.training.evaluation import Evaluation
from bench_service.training.identity import probe_hash, require_sound
from bench_service.training.neuron_watch import NeuronWatch
from bench_service.training.noise import NoiseSource
from bench_service.training.optimizers import StackedOptimizer
from bench_service.training.outcomes import Trained, outcomes
from bench_service.training.result import SliceOutcome, TrainingCase
from bench_service.training.schedule import checkpoint_steps, evaluation_steps
from bench_service.training.skeleton import build
from bench_service.training.spec import TrainTask
from bench_service.training.stack import Stack
from bench_service.training.supply import Supply, supply_of
from bench_service.workloads import Workload

Clock = Callable[[], int]
OnStep = Callable[[int], None]


def train(
    task: TrainTask,
    workload: Workload,
    activation: Activation,
    device: torch.device,
    *,
    others: Sequence[Activation] = (),
    clock: Clock = time.perf_counter_ns,
    on_step: OnStep = lambda _step: None,
) -> tuple[SliceOutcome, ...]:
    """What became of each slice, in the order of ``task.ordered``.

    All train at once; one that diverges is none of the others' business. Where cases name several
    activations, the ``others`` are all but the first one. ``on_step(n)`` is told of every step
    that is done. Raises WorkloadError where the activation doesn't fit the workload,
    MeasurementError where it misbehaves or the model holds another function than was named, and
    whatever a user's own activation raises in the model alone.
    """
    return Training.begin(task, workload, activation, device, clock, others).run(on_step)


@dataclass
class Training:
    """One stack in the course of its training."""

    task: TrainTask
    workload: Workload
    stack: Stack
    optimizer: StackedOptimizer
    noise: NoiseSource
    supply: Supply
    evaluation: Evaluation
    neurons: NeuronWatch | None
    probe_hashes: tuple[str, ...]
    """Of each slice's activation."""
    clock: Clock
    started_ns: int
    losses: list[Tensor] = field(default_factory=list)
    """A row of shape (n_slices,) a step."""
    accuracies: list[Tensor] = field(default_factory=list)
    n_logged: int = 0
    """Rows that an evaluation has taken into account."""

    @classmethod
    def begin(
        cls,
        task: TrainTask,
        workload: Workload,
        activation: Activation,
        device: torch.device,
        clock: Clock,
        others: Sequence[Activation] = (),
    ) -> Training:
        """A training before its first step: model built and probed, weights drawn."""
        started_ns = clock()
        for each in (activation, *others):
            require_sound(each)
        cases, seeds = task.ordered, task.seeds
        stream = workload.data(seeds)
        skeleton = build(workload, activation, stream.batch(0).x[0], others)
        hashes = [probe_hash(own) for own in skeleton.members]
        places = [seeds.index(case.seed) for case in cases]
        owners = _owners(cases, activation, others)
        stack = Stack.begin(skeleton, workload.task, cases[0].init, seeds, places, device, owners)
        optimizer = StackedOptimizer.of(
            workload.optimizer,
            stack.parameters,
            [case.lr for case in cases],
            skeleton.learnt_by_activation,
        )
        supply = supply_of(workload, stack, stream, [case.seed for case in cases])
        neurons = NeuronWatch.of(stack, stream.probe(workload.n_probe).to(device))
        return cls(
            task,
            workload,
            stack,
            optimizer,
            NoiseSource(skeleton, seeds, workload.batch_size),
            supply,
            Evaluation(workload, stack, supply),
            neurons if task.has_neurons and workload.n_checkpoints else None,
            tuple(hashes[owner] for owner in owners),
            clock,
            started_ns,
        )

    def run(self, on_step: OnStep) -> tuple[SliceOutcome, ...]:
        """The outcomes once all steps are done, none is left to train, or time is up."""
        n_steps = self.workload.n_steps
        evaluations = set(evaluation_steps(n_steps, self.workload.n_evaluations))
        checkpoints = set(checkpoint_steps(n_steps, self.workload.n_checkpoints))
        deadline_ns = self.started_ns + int(self.task.time_limit_s * 1e9)
        is_late, done = False, 0
        self._look_at_neurons(0)
        if done in evaluations:
            self._evaluate(done)
        while done < n_steps:
            if self.clock() > deadline_ns:
                is_late = True
                break
            self._step(done)
            done += 1
            on_step(done)
            if done in checkpoints:
                self._look_at_neurons(done)
            if done in evaluations and not self._evaluate(done):
                break
        return outcomes(self._trained(done, is_late=is_late))

    def _step(self, step: int) -> None:
        stack = self.stack
        batch = self.supply.batch(step)
        noise = {name: stack.of_slices(drawn) for name, drawn in self.noise.draw().items()}
        found = stack.losses(batch, noise)
        self.optimizer.step(stack.gradients(found.objective))
        self.losses.append(found.loss)
        if found.accuracy is not None:
            self.accuracies.append(found.accuracy)

    def _evaluate(self, done: int) -> bool:
        """True while there is a slice to train."""
        recent, self.n_logged = slice(self.n_logged, done), done
        logged = {"loss": self.losses, "accuracy": self.accuracies}
        trained = {name: torch.stack(rows[recent]) for name, rows in logged.items() if rows}
        return self.evaluation.look(done, trained)

    def _look_at_neurons(self, done: int) -> None:
        if self.neurons is not None:
            self.neurons.look(done)

    def _trained(self, done: int, *, is_late: bool) -> Trained:
        losses = torch.stack(self.losses).cpu().numpy() if self.losses else np.empty((0, 0))
        return Trained(
            cases=self.task.ordered,
            n_done=done,
            is_late=is_late,
            losses=losses,
            evaluation=self.evaluation,
            neurons=self.neurons,
            probe_hashes=self.probe_hashes,
            facts={
                "stack_size": self.stack.n_slices,
                "threads": torch.get_num_threads(),
                "train_ns": (self.clock() - self.started_ns) // self.stack.n_slices,
            },
        )


def _owners(
    cases: Sequence[TrainingCase], activation: Activation, others: Sequence[Activation]
) -> list[int]:
    """The number of each case's activation; a single one may go by another name in the cases."""
    if not others:
        return [0] * len(cases)
    names = [activation.name, *(other.name for other in others)]
    return [names.index(case.activation) for case in cases]
