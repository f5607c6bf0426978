"""What one process is asked to train: slices that share everything but learning rate and seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bench_service.training.result import TrainingCase


@dataclass(frozen=True)
class TrainTask:
    """Slices for one stack. Sent to another process, so plain values alone."""

    cases: tuple[TrainingCase, ...]
    """Of one workload, backend, initialisation and optimiser; of one activation, or of several
    from the catalogue that are elementwise."""
    time_limit_s: float
    reference: str = ""
    """Where the activation comes from, if its name in the cases doesn't say: an absolute path."""
    has_neurons: bool = True
    """Whether neurons are looked at; without, training can be timed on its own."""

    def __post_init__(self) -> None:
        """Nothing; ValueError where slices differ in what a stack shares, or there are none."""
        shared = {(c.workload, c.parameters, c.backend, c.init, c.optimizer) for c in self.cases}
        if len(shared) != 1:
            raise ValueError(f"slices of a stack share more than that: {sorted(shared)}")
        if self.reference and len(self.activations) != 1:
            raise ValueError(f"{self.reference} can't be all of {', '.join(self.activations)}")

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, each once, in the order in which they come first."""
        return tuple(dict.fromkeys(case.seed for case in self.cases))

    @property
    def activations(self) -> tuple[str, ...]:
        """The activations, each once, in the order of their names."""
        return tuple(sorted({case.activation for case in self.cases}))

    def alone(self, activation: str) -> TrainTask:
        """What the task asks for of one of its activations."""
        own = tuple(case for case in self.cases if case.activation == activation)
        return replace(self, cases=own)

    @property
    def ordered(self) -> tuple[TrainingCase, ...]:
        """The cases by rising learning rate: neighbours share a group of the optimiser."""
        return tuple(sorted(self.cases, key=lambda c: (c.lr, c.lr_role, c.activation, c.seed)))
