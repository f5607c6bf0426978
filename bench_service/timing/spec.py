"""What a measuring child is told: a group's conditions and its entries, as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bench_service.result import Conditions, Role, TimingCase

REFERENCE = "relu"
REFERENCE_LABEL = "relu (reference)"
ALIAS_LABEL = "relu (alias)"
COPY_LABEL = "copy"
FLOOR_LABEL = "call floor"


@dataclass(frozen=True)
class EntrySpec:
    """One entry of a group."""

    label: str
    role: str
    activation: str = ""
    """A registered name or a reference to a user's own; empty for copy and floor."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    n_calls: int = 0
    """Calls in a block; 0 as long as it isn't calibrated."""


@dataclass(frozen=True)
class GroupSpec:
    """Entries that are timed in the same rounds, under the same conditions."""

    conditions: Conditions
    entries: tuple[EntrySpec, ...]
    seed: int = 0
    process_ix: int = 0
    n_rounds: int = 0
    n_warm_up: int = 0
    rounds_per_part: int = 0

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the conditions."""
        return self.conditions.fingerprint

    def without(self, labels: set[str]) -> GroupSpec:
        """The same group without some of its entries."""
        return replace(self, entries=tuple(e for e in self.entries if e.label not in labels))

    def to_json(self) -> dict[str, Any]:
        """A document of plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> GroupSpec:
        """The inverse of ``to_json``."""
        return cls(
            **{
                **document,
                "conditions": Conditions(**document["conditions"]),
                "entries": tuple(EntrySpec(**entry) for entry in document["entries"]),
            }
        )


def label_of(case: TimingCase) -> str:
    """The activation's name, with its parameters where they aren't the defaults."""
    if not case.parameters:
        return case.activation
    inside = ", ".join(f"{name}={value:g}" for name, value in case.parameters)
    return f"{case.activation}({inside})"


def group_of(conditions: Conditions, cases: tuple[TimingCase, ...]) -> GroupSpec:
    """The cases of a group with what every round has beside them.

    ReLU twice, as if it were two functions: their ratio is the rounds' own A/A check. A copy into
    a preallocated buffer, and a call that does nothing.
    """
    asked = tuple(
        EntrySpec(label_of(case), Role.CASE, case.activation, dict(case.parameters))
        for case in cases
    )
    beside = (
        EntrySpec(REFERENCE_LABEL, Role.REFERENCE, REFERENCE),
        EntrySpec(ALIAS_LABEL, Role.ALIAS, REFERENCE),
        EntrySpec(COPY_LABEL, Role.COPY),
        EntrySpec(FLOOR_LABEL, Role.FLOOR),
    )
    return GroupSpec(conditions, asked + beside)
