"""What an execution needs of others: somewhere for results to go, and somebody to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bench_service.planning import Plan
    from bench_service.result import CaseOutcome, ChildResult, TimingCase
    from bench_service.training.result import SliceOutcome


class Writer(Protocol):
    """Where results go: the recorder, or a fake in a test."""

    def outcomes(self, uid: str, outcomes: Sequence[CaseOutcome]) -> None:
        """Store what became of cases."""
        ...

    def child(self, uid: str, child: ChildResult, cases: Mapping[str, TimingCase]) -> bool:
        """Store a part of a child."""
        ...


class Progress(Protocol):
    """Who wants to know how far a run is."""

    def waiting(self) -> None:
        """Another process is measuring on this machine; this run waits for it."""
        ...

    def begin(self, plan: Plan, n_children: int) -> None:
        """The run begins; about so many children are to come."""
        ...

    def now(self, what: str, conditions: str) -> None:
        """This is being done now."""
        ...

    def child_done(self, n_left: int) -> None:
        """A child has ended; about so many are left."""
        ...

    def failed(self, label: str, conditions: str, reason: str) -> None:
        """A case has failed."""
        ...

    def training_begins(self, n_chains: int, n_slices: int) -> None:
        """So many activations on workloads, about so many slices, are to be trained."""
        ...

    def training_moved(self, share: float, n_done: int, now: str) -> None:
        """This share of the training is done, so many slices are stored, this is at work."""
        ...

    def training_failed(self, outcome: SliceOutcome) -> None:
        """A slice couldn't be trained."""
        ...


class Quiet:
    """Progress for nobody."""

    def waiting(self) -> None:
        """Nothing."""

    def begin(self, plan: Plan, n_children: int) -> None:
        """Nothing."""

    def now(self, what: str, conditions: str) -> None:
        """Nothing."""

    def child_done(self, n_left: int) -> None:
        """Nothing."""

    def failed(self, label: str, conditions: str, reason: str) -> None:
        """Nothing."""

    def training_begins(self, n_chains: int, n_slices: int) -> None:
        """Nothing."""

    def training_moved(self, share: float, n_done: int, now: str) -> None:
        """Nothing."""

    def training_failed(self, outcome: SliceOutcome) -> None:
        """Nothing."""
