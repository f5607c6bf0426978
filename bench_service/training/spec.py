"""What one process is asked to train: slices that share everything but learning rate and seed."""

from __future__ import annotations

from dataclasses import dataclass

from bench_service.training.result import TrainingCase


@dataclass(frozen=True)
class TrainTask:
    """Slices for one stack. Sent to another process, so plain values alone."""

    cases: tuple[TrainingCase, ...]
    """Of one workload, activation, backend, initialisation and optimiser."""
    time_limit_s: float
    reference: str = ""
    """Where the activation comes from, if its name in the cases doesn't say: an absolute path."""
    has_neurons: bool = True
    """Whether neurons are looked at; without, training can be timed on its own."""

    def __post_init__(self) -> None:
        """Nothing; ValueError where slices differ in what a stack shares, or there are none."""
        shared = {
            (c.workload, c.activation, c.parameters, c.backend, c.init, c.optimizer)
            for c in self.cases
        }
        if len(shared) != 1:
            raise ValueError(f"a stack shares all but rate and seed; got {sorted(shared)}")

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, each once, in the order in which they come first."""
        return tuple(dict.fromkeys(case.seed for case in self.cases))

    @property
    def ordered(self) -> tuple[TrainingCase, ...]:
        """The cases by rising learning rate: neighbours share a group of the optimiser."""
        return tuple(sorted(self.cases, key=lambda case: (case.lr, case.lr_role, case.seed)))
